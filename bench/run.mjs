// `npm run bench` measures everything, `npm run bench:<part>` one part: verifier, replay, proofs, fetch, cold, size, counts,
// herd, growth, profile. What comes out is written to bench/results.json; `npm run bench:page` makes docs/performance.md of it.
//   --rounds=9      how often everything is measured, instead of what each part takes by itself; what is told is the median of
//                   the ratios of a round
//   --scale=1       how much is done in a round
//   --output=FILE   writes the results there; what is there of other parts stays
//   --print         shows the results without writing them
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine } from './lib/machine.mjs';
import { progressOf } from './lib/progress.mjs';

/** The parts, and how often each is measured: less than nine times where a round takes a minute. */
const ROUNDS = { verifier: 9, replay: 5, proofs: 9, fetch: 9, cold: 9, size: 1, counts: 1, herd: 5, growth: 9, profile: 1 };
const PARTS = Object.keys(ROUNDS);
const COMMITTED = fileURLToPath(new URL('results.json', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    scale: { type: 'string', default: '1' },
    output: { type: 'string', default: COMMITTED },
    print: { type: 'boolean', default: false },
  },
});

const unknown = positionals.filter((name) => !PARTS.includes(name));
if (unknown.length > 0) throw new Error(`No part ${unknown.join(', ')}: there are ${PARTS.join(', ')}`);

/** Timings with their spread; what is counted, the same each time or not; who could not take part. */
function show(name, { results, unit, counts = {}, observed = {}, missing = {} }) {
  for (const [title, contenders] of Object.entries(results)) {
    console.log(`\n${name}: ${title}`);
    console.table(Object.fromEntries(Object.entries(contenders).map(([contender, { value, ratio }]) => [
      contender,
      { [unit]: Math.round(value.median), ratio: ratio.median.toFixed(2), spread: `${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}` },
    ])));
  }
  for (const [title, counted] of Object.entries({ ...counts, ...observed })) {
    console.log(`\n${name}: ${title}`);
    console.table(counted);
  }
  for (const [contender, reason] of Object.entries(missing)) console.log(`\n${name}: without ${contender}: ${reason}`);
}

const known = existsSync(values.output) ? JSON.parse(readFileSync(values.output, 'utf8')) : { parts: {} };
for (const name of positionals.length > 0 ? positionals : PARTS) {
  const { run } = await import(`./parts/${name}.mjs`);
  const rounds = Number(values.rounds ?? ROUNDS[name]);
  const start = performance.now();
  const measured = await run({ rounds, scale: Number(values.scale), progress: progressOf(name) });
  show(name, measured);
  console.log(`\n${name}: took ${((performance.now() - start) / 1000).toFixed(0)} s`);
  known.parts[name] = { rounds, ...measured, machine: describeMachine() };
  if (!values.print) writeFileSync(values.output, `${JSON.stringify(known, null, 2)}\n`);
}
