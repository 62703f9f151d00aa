// Everything that has to hold before a change goes in: `npm test`. Some stages only: --only=lint,node (names below).
// --all adds those that are too long for each change.
// All stages run even after one has failed, save those that need what it should have made.
//
// The names of the tests say where they run:
//   test/**/*.test.ts               in Node and in the three browsers
//   test/**/*.browser.test.ts       in the browsers only
//   test/**/*.node.test.ts          in Node only
//   test/end-to-end/*.node.test.ts  in Node, after the build: the demo page, the origins
//   test/examples/*.node.test.ts    in Node, after the build: the packed package in the projects of examples/
//
// The last line is `N passed, N failed[, N skipped]`: tests, with each check (lint, size, …) counted as one.
import { readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { mustHaveAll, installMissing } from './browsers/install.mjs';
import { wantedBrowsers } from './browsers/launchers.mjs';
import { node } from './run.mjs';
import { measuredFile } from './test-servers.mjs';

const TYPESCRIPT = ['--import', './scripts/typescript.mjs'];
const C8 = ['node_modules/c8/bin/c8.js', '--src', 'src', '--include', 'src/**', '--reporter', 'json'];

const STAGES = [
  { name: 'browsers', title: 'Browsers and servers for the tests', check: installMissing },
  // .bin/tsc is the TypeScript 6 that rollup-plugin-dts brings, hence the path.
  { name: 'typecheck', title: 'Types', check: () => node('node_modules/typescript/bin/tsc', '-p', '.') },
  { name: 'lint', title: 'Lint', check: () => node('node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings') },
  { name: 'layers', title: 'Layers', check: () => node('scripts/layers.mjs') },
  { name: 'build', title: 'Build', check: () => node('node_modules/rollup/dist/bin/rollup', '-c', '--silent') },
  { name: 'demo', title: 'Build of the demo page', check: () => node('scripts/demo.mjs', '--build'), needs: 'build' },
  { name: 'package', title: 'Package', check: () => node('scripts/package-check.mjs'), needs: 'build' },
  { name: 'size', title: 'Size', check: () => node('scripts/size.mjs'), needs: 'build' },
  { name: 'node', title: 'Tests in Node', tests: testInNode },
  { name: 'browser', title: 'Tests in the browsers', tests: testInBrowsers },
  { name: 'e2e', title: 'Tests end to end', tests: () => testBuilt('end-to-end'), needs: 'demo' },
  { name: 'examples', title: 'Two examples', tests: () => testBuilt('examples'), needs: 'build' },
  { name: 'more-examples', title: 'The other examples', tests: () => testBuilt('more-examples'), needs: 'build', long: true },
  { name: 'bench', title: 'The bench, in short', check: checkBench, needs: 'build', long: true },
  { name: 'attacks', title: 'The page of attacks', check: () => node(...TYPESCRIPT, 'scripts/attacks.mjs') },
  { name: 'browsers-page', title: 'The page of browsers', check: () => node('scripts/browsers-page.mjs') },
  { name: 'interop', title: 'The page of interop', check: () => node('scripts/interop.mjs') },
  { name: 'coverage', title: 'Coverage', check: () => node('scripts/coverage.mjs') },
];

/** What is counted is the same, and what is timed is no worse than noise can make it. */
async function checkBench() {
  return (await node('bench/prepare.mjs', '--built')) && node('bench/check.mjs', '--short');
}

function testInNode() {
  rmSync('coverage/node', { recursive: true, force: true });
  const withCoverage = [...C8, '--reports-dir', 'coverage/node', process.execPath];
  return counted('.cache/results-node.json', (result) =>
    node(...withCoverage, ...TYPESCRIPT, 'scripts/node-tests.mjs', `--result=${result}`),
  );
}

function testBuilt(place) {
  return counted(`.cache/results-${place}.json`, (result) =>
    node(...TYPESCRIPT, 'scripts/node-tests.mjs', `--place=${place}`, `--result=${result}`),
  );
}

async function testInBrowsers() {
  rmSync('coverage/browser', { recursive: true, force: true });
  for (const browser of wantedBrowsers()) rmSync(measuredFile(browser), { force: true });
  const counts = await counted('.cache/results-browser.json', () =>
    node(...TYPESCRIPT, 'node_modules/@web/test-runner/dist/bin.js', '--coverage'),
  );
  return { ...counts, failed: counts.failed + missingBrowsers(counts.sets) };
}

/** Says which browsers ran, and counts those that should have and didn't. */
function missingBrowsers(ran) {
  const names = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKitGTK' };
  for (const [browser, { passed, failed }] of Object.entries(ran)) console.log(`Ran in ${browser}: ${passed} passed, ${failed} failed`);
  const missing = wantedBrowsers().map((browser) => names[browser]).filter((name) => !(ran[name]?.passed > 0));
  for (const name of missing) console.log(`Did not run in ${name}`);
  return mustHaveAll() ? missing.length : 0;
}

/** What of the failed tests is repeated at the end. */
const SHOWN_FAILURES = 15;
const FAILURE_LINES = 5;
const LINE_CHARACTERS = 300;

/**
 * Runs a test tool and reads the counts it left. A tool that fails without a failed test, dies before it has counted,
 * or finds no test at all is a failure of its own.
 */
async function counted(resultFile, start) {
  rmSync(resultFile, { force: true });
  const endedWell = await start(resultFile);
  const sets = readResult(resultFile);
  const sum = (outcome) => Object.values(sets).reduce((total, set) => total + set[outcome], 0);
  const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map(sum);
  const nothingRan = passed + failed === 0;
  if (nothingRan) console.error('No test ran.');
  return { passed, skipped, failed: failed || (nothingRan || !endedWell ? 1 : 0), sets, failures: failuresIn(sets) };
}

/** Each failed test in a few lines, for the end of a long output, where it is looked for. */
function failuresIn(sets) {
  return Object.entries(sets).flatMap(([runtime, { failures = [] }]) => failures.map(({ file, title, error }) => {
    const said = error.trim().split('\n').slice(0, FAILURE_LINES).map((line) => `    ${line.trim().slice(0, LINE_CHARACTERS)}`);
    return [['✗', runtime, file, title].filter(Boolean).join('  '), ...said].join('\n');
  }));
}

function readResult(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    console.error(`The tool ended without results in ${file}.`);
    return {};
  }
}

async function runStage(stage, failedStages) {
  if (failedStages.has(stage.needs)) {
    console.log(`Not run: it needs ${stage.needs}, which failed.`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  if (stage.tests) return stage.tests();
  const good = await stage.check();
  return { passed: good ? 1 : 0, failed: good ? 0 : 1, skipped: 0 };
}

/** @returns {Promise<number>} the number of failures */
async function runStages(stages) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const failedStages = new Set();
  const lines = [];
  const failures = [];
  for (const stage of stages) {
    console.log(`\n── ${stage.title} (${stage.name}) ──`);
    const start = performance.now();
    const result = await runStage(stage, failedStages);
    if (result.failed > 0) failedStages.add(stage.name);
    for (const outcome of Object.keys(total)) total[outcome] += result[outcome];
    failures.push(...(result.failures ?? []));
    lines.push(`${result.failed > 0 ? '✗' : '✓'} ${stage.title}: ${tally(result)}  ${seconds(start)}`);
    console.log(lines.at(-1));
  }
  reportAgain(failures);
  console.log(`\n── Summary ──\n${lines.join('\n')}\n\n${tally(total)}`);
  return total.failed;
}

function reportAgain(failures) {
  if (failures.length === 0) return;
  const rest = failures.length > SHOWN_FAILURES ? [`and ${failures.length - SHOWN_FAILURES} more, above`] : [];
  console.log(`\n── What failed ──\n${[...failures.slice(0, SHOWN_FAILURES), ...rest].join('\n')}`);
}

const tally = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

const seconds = (start) => `${((performance.now() - start) / 1000).toFixed(1)} s`;

function chosenStages() {
  const { only, all } = parseArgs({ options: { only: { type: 'string' }, all: { type: 'boolean', default: false } } }).values;
  if (only === undefined) return STAGES.filter((stage) => all || !stage.long);
  const names = only.split(',');
  const unknown = names.filter((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown.length > 0) throw new Error(`--only: no stage ${unknown.join(', ')}; there are ${STAGES.map((s) => s.name).join(', ')}`);
  return STAGES.filter((stage) => names.includes(stage.name));
}

process.exitCode = (await runStages(chosenStages())) > 0 ? 1 : 0;
