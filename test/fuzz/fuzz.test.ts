/** A sample of the fuzz run (`npm run fuzz` is the long one). FUZZ_SEED=… repeats a run; the seed of a failure is printed. */

import * as fc from 'fast-check';
import { formatProperties } from './formats.ts';
import { createRequestProperties } from './requests.ts';

const inNode = typeof process === 'object';
const seed = Number((inNode ? process.env.FUZZ_SEED : undefined) ?? crypto.getRandomValues(new Uint32Array(1))[0]! % 2 ** 31);
/** Requests, and values of each format. The browsers take fewer: they run the same code. */
const [requests, values] = inNode ? [3000, 500] : [500, 100];

describe('properties of what is generated', function () {
  this.timeout(180_000);

  before(() => console.log(`fuzz: seed ${seed}`));

  for (const { name, property } of formatProperties) {
    it(name, async () => { await fc.assert(property as fc.IAsyncProperty<[unknown]>, { seed, numRuns: values }); });
  }

  it('a sample of requests: every property of the long run holds (RFC 9449 §4.3, RFC 9068 §4)', async () => {
    for (const { share, property } of await createRequestProperties()) await fc.assert(property, { seed, numRuns: Math.ceil((requests * share) / 100) });
  });
});
