import { assert } from 'chai';
import { createFingerprints, type Fingerprint } from '../../src/stores/fingerprint.ts';

const places = 18;

/** Keys that differ by 64 wherever they differ: what a sum of products modulo 2^32 tells apart worst. */
const keys = Array.from({ length: 2 ** places }, (_, key) => key.toString(2).padStart(places, '0').replaceAll('1', 'p'));

function collisions(half: keyof Fingerprint): number {
  const fingerprint = createFingerprints();
  return keys.length - new Set(keys.map((key) => fingerprint(key)[half])).size;
}

describe('fingerprints', () => {
  it('are the same for the same key, and others in another process', () => {
    const [one, other] = [createFingerprints(), createFingerprints()];
    assert.deepEqual(one('proof:abc'), one('proof:abc'));
    assert.notDeepEqual(one('proof:abc'), other('proof:abc'));
  });

  for (const half of ['high', 'low'] as const) {
    it(`have a ${half} half in which keys meet as rarely as by chance, whatever they differ by (2^-32)`, () => {
      // By chance one of three meets anything at all in one of 2^13 runs; two of three never do.
      const runs = [collisions(half), collisions(half), collisions(half)].sort((a, b) => a - b);
      assert.equal(runs[1], 0, runs.join());
    });
  }

  it('tell keys apart that differ in their length, their first and their last place', () => {
    const fingerprint = createFingerprints();
    const all = ['', '\0', 'a', 'aa', 'ab', 'ba', 'a'.repeat(127), 'a'.repeat(128), `${'a'.repeat(127)}b`, `b${'a'.repeat(127)}`];
    assert.lengthOf(new Set(all.map((key) => JSON.stringify(fingerprint(key)))), all.length);
  });

  it('tell keys apart that differ in one place, whatever the place and the length', () => {
    const fingerprint = createFingerprints();
    for (let length = 1; length <= 128; length += 1) {
      const key = 'x'.repeat(length);
      const all = Array.from(key, (_, place) => `${key.slice(0, place)}y${key.slice(place + 1)}`);
      assert.lengthOf(new Set([key, ...all].map((each) => JSON.stringify(fingerprint(each)))), length + 1);
    }
  });

  for (const key of ['x'.repeat(129), 'é', 'proof:\u{1f511}', '\u0161', 'one\u0161', '\u0161five']) {
    it(`are for keys of ASCII, at most 128 characters: not for ${key.slice(0, 8)}`, () => {
      assert.throws(() => createFingerprints()(key), RangeError);
    });
  }
});
