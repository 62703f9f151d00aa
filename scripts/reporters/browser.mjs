// Reports the browser tests: a line per test file and browser, every failure with its stack, and in a file the
// counts, each test's outcome, and what the failed ones said.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';

// The runner wraps console in escape sequences for its progress bar, which this reporter does without.
const print = (text) => process.stdout.write(`${text}\n`);

/** @param {{ resultFile: string }} options where scripts/test.mjs reads the counts, by browser */
export function browserReporter({ resultFile }) {
  return {
    start({ sessions, testFiles, browserNames }) {
      print(`${testFiles.length} files in ${browserNames.join(', ')}`);
      // The runner's own hook waits until the last browser is through with a file.
      sessions.on('session-status-updated', (session) => {
        if (session.status === 'FINISHED') reportSession(session);
      });
    },
    onTestRunFinished({ sessions }) {
      mkdirSync(dirname(resultFile), { recursive: true });
      writeFileSync(resultFile, JSON.stringify(countByBrowser(sessions), null, 2));
    },
  };
}

function reportSession(session) {
  const { passed, failed, skipped } = count(session);
  const mark = failed > 0 ? '✗' : '✓';
  const rest = [failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`].filter(Boolean);
  const file = relative(process.cwd(), session.testFile);
  const { name } = session.browser;
  print(`${mark} ${name}  ${file}  ${[`${passed} passed`, ...rest].join(', ')}`);
  for (const { title, error } of failures(session)) print(indent(`✗ ${title}  [${name}]\n${describe(error)}`));
  if (failed > 0) reportSurroundings(session);
}

/** What the page said and could not find helps only with a failure. */
function reportSurroundings(session) {
  for (const log of session.logs) print(indent(`console: ${log.map(String).join(' ')}`));
  for (const url of session.request404s) print(indent(`404: ${url}`));
}

function countByBrowser(sessions) {
  const browsers = {};
  for (const session of sessions) {
    const sum = (browsers[session.browser.name] ??= { passed: 0, failed: 0, skipped: 0, tests: {}, failures: [] });
    for (const { title, passed, skipped } of testsOf(session)) sum.tests[title] = skipped ? 'skipped' : passed ? 'passed' : 'failed';
    for (const [outcome, number] of Object.entries(count(session))) sum[outcome] += number;
    const file = relative(process.cwd(), session.testFile);
    sum.failures.push(...failures(session).map(({ title, error }) => ({ file, title, error: describe(error) })));
  }
  return browsers;
}

function count(session) {
  const tests = testsOf(session);
  return {
    passed: tests.filter((test) => test.passed && !test.skipped).length,
    failed: failures(session).length,
    skipped: tests.filter((test) => test.skipped).length,
  };
}

/** Failed tests, and what kept the file from running to its end: an import, a hook, a browser that did not start. */
function failures(session) {
  const failed = testsOf(session).filter((test) => !test.passed && !test.skipped);
  const errors = session.errors.map((error) => ({ title: 'outside a test', error }));
  if (failed.length + errors.length === 0 && !session.passed) {
    return [{ title: 'outside a test', error: { message: 'The file failed without saying why.' } }];
  }
  return [...failed, ...errors];
}

function testsOf(session) {
  return session.testResults ? testsIn(session.testResults, []) : [];
}

function testsIn(suite, path) {
  const here = suite.name ? [...path, suite.name] : path;
  const tests = suite.tests.map((test) => ({ ...test, title: [...here, test.name].join(' › ') }));
  return [...tests, ...suite.suites.flatMap((inner) => testsIn(inner, here))];
}

/** Firefox and WebKit leave the message out of the stack. */
function describe(error) {
  if (!error) return 'no error given';
  const headline = error.name ? `${error.name}: ${error.message}` : error.message;
  const stack = error.stack ?? '';
  return indent(stack.includes(error.message) ? stack : `${headline}\n${stack}`.trimEnd());
}

const indent = (text) => text.replace(/^/gm, '  ');
