// docs/attacks.md, made by the tests themselves: every row of the attack list with its result in each runtime.
//
// The test reporters leave each test's outcome in .cache; this lays them beside the rows. `node --import
// ./scripts/typescript.mjs scripts/attacks.mjs` fails where a row has no test that passed, where a line of the list has no
// row, or where the committed page says something else; --write writes the page, once all four runtimes have run.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reasons } from '../test/differential/reasons.ts';
import { formatProperties } from '../test/fuzz/formats.ts';
import { createRequestProperties } from '../test/fuzz/requests.ts';
import { briefTokens, tokenRows, tokenTitleOf } from '../test/resource/attacks/authorization-server.ts';
import { elsewhere } from '../test/resource/attacks/elsewhere.ts';
import { requestGroups, scenarioGroups } from '../test/resource/attacks/groups.ts';
import { knownFailures } from '../test/resource/attacks/known-failures.ts';
import { briefAll, titleOf } from '../test/resource/attacks/row.ts';
import { pipelined, wire, wireTitleOf } from '../test/resource/attacks/wire.ts';
import { escape, readOutcomes, RUNTIMES, settle, table } from './results-page.mjs';
import { ROOT } from './run.mjs';

const PAGE = 'docs/attacks.md';
const LINES = 134;

const faults = [];

const outcomes = readOutcomes();
const ran = RUNTIMES.filter((runtime) => outcomes[runtime]);
const seen = new Set();

/** A row's result in each runtime: ✓, or – where it is not for that runtime. What failed, or never ran, is a fault. */
function cells(test, runtimes = RUNTIMES) {
  if (seen.has(test)) faults.push(`two rows have one name: ${test}`);
  seen.add(test);
  return RUNTIMES.map((runtime) => {
    if (!runtimes.includes(runtime)) return '–';
    const outcome = ran.includes(runtime) ? outcomes[runtime][test] : 'passed';
    if (outcome !== 'passed') faults.push(`${runtime}: ${outcome ?? 'did not run'}: ${test}`);
    return { passed: '✓', skipped: 'skipped' }[outcome] ?? '✗';
  });
}

const resultTable = (rows) => table(['#', 'what is sent', 'what must come of it', 'clause', ...RUNTIMES], rows);

/** Step and code, status, and the header that says why. */
const told = ({ step, code, status, header }) => (step === undefined ? 'ALLOW' : `${step} \`${code}\`, ${status}, \`${header.trim()}\``);

const requestRow = (suite) => (row) => [row.line, escape(row.name), told(row.verdict), row.clause, ...cells(`${suite} › ${titleOf(row)}`)];
const scenarioRow = (suite) => (row) => [row.line, escape(row.name), escape(briefAll(row.verdict)), row.clause, ...cells(`${suite} › ${titleOf(row)}`)];
const tokenRow = (suite) => (row) => [row.line, escape(row.name), escape(briefTokens(row.verdict)), row.clause, ...cells(`${suite} › ${tokenTitleOf(row)}`)];
const wireRow = (suite) => (row) => [
  row.line, escape(row.name), row.code ? `${row.status}, ${row.code === 'ALLOW' ? 'ALLOW' : `\`${row.code}\``}` : `${row.status}`, row.clause, ...cells(`${suite} › ${wireTitleOf(row)}`, ['Node']),
];

const sorted = (rows) => [...rows].sort((a, b) => a.line - b.line);

function ownSections() {
  const wireSuite = 'attacks on the wire';
  const [, pipelinedName, pipelinedVerdict, pipelinedClause] = /^109: (.*) -> (.*) \((.*)\)$/.exec(pipelined);
  const tokenSuite = 'attacks on the token endpoint';
  return [
    ...requestGroups.map(({ title, rows }) => ({ title, rows: sorted(rows).map(requestRow(title)) })),
    ...scenarioGroups.map(({ title, rows }) => ({ title, rows: sorted(rows).map(scenarioRow(title)) })),
    {
      title: wireSuite,
      rows: [...sorted(wire).map(wireRow(wireSuite)), [109, escape(pipelinedName), pipelinedVerdict, pipelinedClause, ...cells(`${wireSuite} › ${pipelined}`, ['Node'])]],
    },
    { title: tokenSuite, rows: sorted(tokenRows).map(tokenRow(tokenSuite)) },
  ];
}

/** The line that a test of another suite names: `… › 126 …`, `… (attack 113)`, or by elsewhere.ts. */
function lineOf(name) {
  const [, first, last] = / › (\d{1,3})[,:]? (?!copies)|\(attack (\d+)\)/.exec(name) ?? [];
  return elsewhere[name] ?? Number(first ?? last);
}

/** Tests of other suites that name a line: where they ran, they are rows. */
function otherRows() {
  const names = new Set(ran.flatMap((runtime) => Object.keys(outcomes[runtime])));
  const rows = [...names].filter((name) => !seen.has(name)).flatMap((name) => {
    const line = lineOf(name);
    const isSecondOpinion = name.startsWith('the same requests before other verifiers');
    return line >= 1 && line <= LINES && !isSecondOpinion ? [{ line, name }] : [];
  });
  for (const name of Object.keys(elsewhere)) if (!names.has(name) && ran.length > 0) faults.push(`no such test: ${name}`);
  const order = (a, b) => a.line - b.line || (a.name < b.name ? -1 : 1);
  return rows.sort(order).map(({ line, name }) => {
    const runtimes = RUNTIMES.filter((runtime) => !ran.includes(runtime) || outcomes[runtime][name]);
    return [line, escape(name), ...cells(name, runtimes)];
  });
}

function failureRows() {
  const known = [...seen, ...formatProperties.map(({ name }) => name), ...Object.keys(outcomes.Node ?? {})];
  return knownFailures.map(({ failure, rows }) => {
    for (const row of rows) {
      const isRow = known.some((test) => test.startsWith(row) || test.includes(` › ${row}`));
      if (!isRow) faults.push(`no row begins with: ${row}`);
    }
    return [escape(failure), rows.map((row) => escape(row.replace(/ -> .*/, ''))).join('<br>')];
  });
}

function checkLines(sections) {
  const covered = new Set(sections.flat().map(([line]) => Number(line)));
  for (let line = 1; line <= LINES; line += 1) if (!covered.has(line)) faults.push(`line ${line} of the list has no row`);
}

async function writePage() {
  const own = ownSections();
  const others = otherRows();
  checkLines([...own.map(({ rows }) => rows), others]);
  const recorded = JSON.parse(readFileSync(join(ROOT, 'test/fuzz/recorded.json'), 'utf8'));
  const count = own.reduce((total, { rows }) => total + rows.length, 0);
  const properties = await createRequestProperties();
  return `# Attacks

Made by the tests (\`npm run attacks\`, after \`npm test\`); \`npm test\` fails when it is stale. A row is one test: what is sent,
what must come of it, and whether it did in each runtime. The numbers are lines of the list that the rows grew from. ✓
means as expected, – that the row is not for that runtime. There are ${count} rows, and ${others.length} tests of other suites beside
them.

A verdict is the step that refuses, the code, the HTTP status, and how the header begins that tells the caller.

${own.map(({ title, rows }) => `## ${title[0].toUpperCase()}${title.slice(1)}\n\n${resultTable(rows)}`).join('\n\n')}

## Proven by other suites

${table(['#', 'test', ...RUNTIMES], others)}

## What was seen to go wrong elsewhere

Failures of servers that verify DPoP, found by running or reading them, and the rows that show that they cannot happen here.

${table(['failure', 'rows'], failureRows())}

## Generated requests

\`npm run fuzz\` makes 100,000 requests (\`-- --requests=N\`) from a seed that it prints and takes (\`-- --seed=N\`); \`npm test\` makes a
sample of them in every runtime. Each request is judged by an oracle that shares no code with the verifier
(\`test/fuzz/meaning.ts\`, \`test/fuzz/rfc3986.ts\`, \`test/fuzz/bent-members.ts\`). Never an exception; never a 5xx other than
\`verifier_unavailable\`, and that only where the store was made to fail; a request that is refused has spent nothing.

A change on the way is without meaning, and must pass, where it touches only what no proof covers: the case of the scheme's
name and of header names, more spaces behind the scheme, query and fragment (while no token is in the query), another
spelling of the same URI (RFC 3986 §6.2.2, §6.2.3), headers of other names, the order of the lines. Whatever else is
changed must not pass. Two things are left open: what \`Host\` says, which is never read and may be refused, and characters that
no path may hold (RFC 3986 §3.3) where their escapes spell the same path.

${table(['property of requests', 'requests'], properties.map(({ name, share }) => [escape(name), (recorded.requests * share) / 100]))}

${table(['property of formats', 'values'], formatProperties.map(({ name }) => [escape(name), recorded.valuesEach]))}

The run on record, in which every property held: \`npm run fuzz -- --seed=${recorded.seed} --requests=${recorded.requests}\`.

## Second opinions

The requests of the tables above that are one request each, before two other verifiers: oauth4webapi's
\`validateJwtAccessToken\`, and what one writes by hand over jose (\`test/differential/verifiers.ts\`). Wherever one of them decides
otherwise, the test wants a reason with a name and a clause. Neither remembers spent proofs, nor asks what is revoked.

${table(['what differs', 'who', 'they', 'clause', 'lines', 'why'], reasons.map((reason) => [
    escape(reason.name), reason.who.join(', '), reason.they, reason.clause, [...new Set(reason.rows.map(([line]) => line))].join(', '), escape(reason.because),
  ]))}
`;
}

const { values: { write } } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
settle(PAGE, await writePage(), { write, ran, command: 'npm run attacks', faults });
