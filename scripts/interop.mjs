// docs/interop.md, made by the tests themselves: every test of the suites whose title begins with `interop: `, with its
// result in each runtime. A title reads `package 1.2.3: what happens[, algorithm]`; the part before the colon is the peer,
// or, as `client at server`, both of them. Tests that differ in the algorithm alone share a row.
//
// `node scripts/interop.mjs` fails where such a test did not pass, or where the committed page says something else;
// --write writes the page, once all four runtimes have run.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { findChromium, findFirefox, findNginx, findPyJwt } from './browsers/find.mjs';
import { escape, RAN_WITH, readOutcomes, RUNTIMES, settle, table } from './results-page.mjs';

const PROGRAMS = {
  Node: [process.execPath, '--version'],
  Chromium: [findChromium(), '--version'],
  Firefox: [findFirefox(), '--version'],
  WebKitGTK: ['dpkg-query', '--show', 'webkit2gtk-driver'], // its own programs do not say
  nginx: [findNginx(), '-v'],
  PyJWT: [findPyJwt(), '-c', 'import jwt; print(jwt.__version__)'],
};

const PAGE = 'docs/interop.md';
const PREFIX = 'interop: ';
const ALGORITHM = /, ((?:Ed25519|EdDSA|ES256|RS256|PS256)(?: (?:and|or) \w+)*)$/;

const faults = [];
const outcomes = readOutcomes();
const ran = RUNTIMES.filter((runtime) => outcomes[runtime]);

/** The tests below a suite of ours, by their full names. */
function findTests() {
  const names = ran.flatMap((runtime) => Object.keys(outcomes[runtime]).filter((name) => name.startsWith(PREFIX)));
  return [...new Set(names)].map((name) => {
    const path = name.slice(PREFIX.length).split(' › ');
    const [, peer, rest] = /^(.+?): (.*)$/.exec(path.at(-1)) ?? [];
    if (!peer) faults.push(`no peer before a colon: ${name}`);
    return { name, suite: path[0], peer, what: rest?.replace(ALGORITHM, ''), algorithm: ALGORITHM.exec(rest ?? '')?.[1] ?? '' };
  });
}

// A row that says that something was refused, with the code or for the reason that it gives.
const REFUSAL = /^refused\b|(?:: |-> )(?:401\b|[a-z]+(?:_[a-z]+)+\b)/;

function cell({ name, what = '' }, runtime) {
  const outcome = outcomes[runtime]?.[name];
  if (outcome === undefined) return '–';
  if (outcome === 'skipped') console.log(`${runtime}: skipped: ${name}`);
  if (outcome === 'failed' || (outcome === 'skipped' && write)) faults.push(`${runtime}: ${outcome}: ${name}`);
  return REFUSAL.test(what) ? 'refused' : '✓';
}

/** One row for all algorithms with which the same came out everywhere. */
function rowsOf(tests, sides) {
  const rows = new Map();
  for (const test of tests) {
    const { peer, what, algorithm } = test;
    const head = [...sides(peer), what].map(escape);
    const cells = RUNTIMES.map((runtime) => cell(test, runtime));
    const key = [...head, ...cells].join('\n');
    rows.set(key, { head, cells, algorithms: [...(rows.get(key)?.algorithms ?? []), algorithm] });
  }
  const inOrder = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  return inOrder.map(([, { head, algorithms, cells }]) => [...head, algorithms.join(', '), ...cells]);
}

function section(title, tests) {
  const isMatrix = tests.some(({ peer }) => peer?.includes(' at '));
  const sides = (peer) => (isMatrix ? [...String(peer).split(' at '), ''].slice(0, 2) : [peer]);
  const heads = [...(isMatrix ? ['client', 'server'] : ['peer']), 'what', 'algorithm', ...RUNTIMES];
  return `## ${title[0].toUpperCase()}${title.slice(1)}\n\n${table(heads, rowsOf(tests, sides))}`;
}

const FIRST = ['our client, their servers', 'their clients'];

/** The matrix of clients and servers comes first, the rest by the alphabet. */
function bySuite(a, b) {
  const rank = (suite) => (FIRST.includes(suite) ? FIRST.indexOf(suite) : FIRST.length);
  return rank(a) - rank(b) || a.localeCompare(b, 'en');
}

/** What it was written with. It is not compared: another machine may have others. */
function ranWith() {
  const versions = Object.entries(PROGRAMS).flatMap(([name, [program, ...args]]) => {
    const { stdout, stderr } = spawnSync(program ?? '', args, { encoding: 'utf8' });
    const [version] = /(?<![\d.])\d+(?:\.\d+)+/.exec(`${stdout}${stderr}`) ?? [];
    return version ? [`${name} ${version}`] : [];
  });
  return `${RAN_WITH} ${versions.join(', ')}.`;
}

function makePage() {
  const tests = findTests();
  const suites = [...new Set(tests.map(({ suite }) => suite))].sort(bySuite);
  if (tests.length === 0) faults.push(`no test of a suite '${PREFIX}…' has run`);
  return `# Interop

Made by the tests (\`node scripts/interop.mjs --write\`, after \`npm test\`); \`npm test\` fails when it is stale. A row is a
test with the real package, at this version, over real HTTP; where it names several algorithms, one with each. ✓ means that
what the row says is what happened; \`refused\` the same of a refusal, with the code or for the reason that the row gives; –
that the row is not for that runtime. Where a peer goes against an RFC, the row says how, and what our side answers.

${ranWith()}

${suites.map((suite) => section(suite, tests.filter((test) => test.suite === suite))).join('\n\n')}
`;
}

const { values: { write } } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
settle(PAGE, makePage(), { write, ran, command: 'node scripts/interop.mjs --write', faults });
