// Reports the Node tests: a line per test file, every failure with its stack and difference, and in a file the counts,
// each test's outcome, and what the failed ones said.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import Mocha from 'mocha';

const { Base } = Mocha.reporters;
const { EVENT_RUN_END, EVENT_SUITE_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } = Mocha.Runner.constants;

const OUTCOMES = { [EVENT_TEST_PASS]: 'passed', [EVENT_TEST_FAIL]: 'failed', [EVENT_TEST_PENDING]: 'skipped' };

/** `--reporter-option resultFile=<path>` is where scripts/test.mjs reads the counts. */
export default class NodeReporter extends Base {
  constructor(runner, options) {
    super(runner, options);
    const total = { passed: 0, failed: 0, skipped: 0 };
    const tests = {};
    let inSuite = { ...total };

    for (const [event, outcome] of Object.entries(OUTCOMES)) {
      runner.on(event, (test) => {
        tests[test.titlePath().join(' › ')] = outcome;
        total[outcome] += 1;
        inSuite[outcome] += 1;
      });
    }
    runner.on(EVENT_SUITE_END, (suite) => {
      if (!suite.parent?.root) return;
      reportSuite(suite, inSuite);
      inSuite = { passed: 0, failed: 0, skipped: 0 };
    });
    runner.once(EVENT_RUN_END, () => {
      if (this.failures.length > 0) Base.list(this.failures);
      writeResult(options.reporterOption?.resultFile, { ...total, tests, failures: this.failures.map(describe) });
    });
  }
}

function reportSuite(suite, { passed, failed, skipped }) {
  const mark = failed > 0 ? '✗' : '✓';
  const rest = [failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`].filter(Boolean);
  const file = suite.file ? `  ${relative(process.cwd(), suite.file)}` : '';
  console.log(`${mark} ${suite.title}${file}  ${[`${passed} passed`, ...rest].join(', ')}`);
}

/** A hook that fails has the path of its suite, and the name of the test it was for. */
function describe(test) {
  return { file: test.file && relative(process.cwd(), test.file), title: test.titlePath().join(' › '), error: test.err?.stack ?? String(test.err) };
}

function writeResult(file, total) {
  if (!file) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ Node: total }, null, 2));
}
