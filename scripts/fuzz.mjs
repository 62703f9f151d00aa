// The long fuzz run: `npm run fuzz [-- --seed=N] [--requests=100000] [--record]`. The same seed generates the same changes.
// It ends at the first request for which a property of test/fuzz does not hold, prints it in its smallest form, and exits 1.
// --record leaves seed and counts in test/fuzz/recorded.json, from where they go into docs/attacks.md.
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as fc from 'fast-check';
import { formatProperties } from '../test/fuzz/formats.ts';
import { createRequestProperties } from '../test/fuzz/requests.ts';
import { ROOT } from './run.mjs';

const BATCH = 500;

/** Runs one property in batches, each with a seed of its own that follows from the run's. */
async function runProperty({ name, property, runs }, { seed, progress }) {
  for (let done = 0; done < runs; done += BATCH) {
    const numRuns = Math.min(BATCH, runs - done);
    await fc.assert(property, { seed: (seed + done) | 0, numRuns });
    progress(name, numRuns);
  }
}

function createProgress(total) {
  let done = 0;
  let printed = 0;
  return (name, count) => {
    done += count;
    const percent = Math.floor((done / total) * 100);
    if (percent < printed + 5) return;
    printed = percent;
    console.log(`${String(percent).padStart(3)} %  ${done} of ${total}  ${name.slice(0, 70)}`);
  };
}

const { values: given } = parseArgs({
  options: { seed: { type: 'string' }, requests: { type: 'string', default: '100000' }, record: { type: 'boolean', default: false } },
});
const seed = given.seed === undefined ? randomInt(2 ** 31) : Number(given.seed);
const requests = Number(given.requests);
if (!Number.isSafeInteger(seed) || !(requests > 0)) throw new TypeError('--seed and --requests want whole numbers');

const valuesEach = Math.ceil(requests / 10);
const planned = [
  ...(await createRequestProperties()).map((item) => ({ ...item, runs: Math.ceil((requests * item.share) / 100) })),
  ...formatProperties.map((item) => ({ ...item, runs: valuesEach })),
];
const progress = createProgress(planned.reduce((total, { runs }) => total + runs, 0));
console.log(`fuzz: seed ${seed}, ${requests} requests, ${valuesEach} values of each of ${formatProperties.length} formats`);
for (const item of planned) await runProperty(item, { seed, progress });
console.log(`fuzz: every property held; no unexpected ALLOW, no exception, no fault. Seed ${seed}`);
if (given.record) writeFileSync(join(ROOT, 'test/fuzz/recorded.json'), `${JSON.stringify({ seed, requests, valuesEach }, null, 2)}\n`);
