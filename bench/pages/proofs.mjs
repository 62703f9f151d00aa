// Proofs one at a time, of each contender in turn, beside the signature alone.
import { compare } from '../lib/compare.mjs';
import { signatory } from '../peers/raw.mjs';
import { provers } from './provers.mjs';
import { breathe, report, tell } from './report.mjs';
import { request } from './request.mjs';

const LEAST_SLICE_MILLISECONDS = 10;
/** So that the clock's step is a small part of what is measured with it. */
const STEPS_A_SLICE = 200;

/** The step of the page's clock, in milliseconds: browsers make it coarse. */
function clockStep() {
  const steps = Array.from({ length: 5 }, () => {
    const start = performance.now();
    for (;;) {
      const step = performance.now() - start;
      if (step > 0) return step;
    }
  });
  return Math.max(...steps);
}

/** Nanoseconds per run, over at least so long. */
async function timedFor(milliseconds, run) {
  await breathe();
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  for (; elapsed < milliseconds; elapsed = performance.now() - start) {
    for (const until = count + 10; count < until; count += 1) await run();
  }
  return (elapsed * 1e6) / count;
}

report(async ({ alg, rounds, milliseconds }) => {
  const sliceMilliseconds = Math.max(LEAST_SLICE_MILLISECONDS, STEPS_A_SLICE * clockStep());
  const { able, absent } = await provers(alg);
  const sign = await signatory({ alg, request });
  const runs = { 'one raw sign': sign, ...able };
  for (const run of Object.values(runs)) await timedFor(milliseconds, run); // warm up
  const contenders = Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, () => timedFor(sliceMilliseconds, run)]));
  const slices = Math.ceil(milliseconds / sliceMilliseconds);
  const progress = (done, all) => (done % (slices * Object.keys(contenders).length) === 0 ? tell(`${done} of ${all}`) : undefined);
  return { results: await compare(contenders, { rounds, slices, baseline: 'one raw sign', progress }), absent };
});
