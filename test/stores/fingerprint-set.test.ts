import { assert } from 'chai';
import * as fc from 'fast-check';
import { FingerprintSet } from '../../src/stores/fingerprint-set.ts';

const start = 1_800_000_000;
const day = 86_400;

/** What a set has to know: never less than this, and more for four seconds only. */
class Model {
  readonly #ends = new Map<string, number>();

  isAlive(key: string, nowSeconds: number): boolean {
    return (this.#ends.get(key) ?? 0) > nowSeconds;
  }

  mayBeGone(key: string, nowSeconds: number): boolean {
    return (this.#ends.get(key) ?? 0) <= nowSeconds - 4;
  }

  claim(key: string, endSeconds: number): void {
    this.#ends.set(key, endSeconds);
  }

  /** How many are alive at the least, and at the most. */
  size(nowSeconds: number): readonly [number, number] {
    const keys = [...this.#ends.keys()];
    return [keys.filter((key) => this.isAlive(key, nowSeconds)).length, keys.filter((key) => !this.mayBeGone(key, nowSeconds)).length];
  }
}

// Halves that share homes at both ends of a table, and differ in one of a slot's four parts alone.
const half = fc.oneof(fc.constantFrom(0, 1, 0x10000, -1, -2, -0x10000, 0x7fffffff, -0x80000000), fc.integer({ min: 0, max: 0xff }));
const pauseSeconds = fc.oneof(
  { weight: 20, arbitrary: fc.double({ min: 0, max: 2, noNaN: true }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 7200 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 10 * day }) },
);
const lifeSeconds = fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 30 * 3600 - 4 }));
const step = fc.record({ high: half, low: half, pauseSeconds, lifeSeconds });

describe('a set of fingerprints, against a Map', () => {
  for (const maxEntries of [1, 5000, 20_000]) {
    it(`of ${maxEntries}: gives each to the first until it ends, and counts what is alive, through any claims and pauses`, () => {
      fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 400, size: 'max' }), (steps) => {
        const set = new FingerprintSet(maxEntries);
        const model = new Model();
        let nowSeconds = start;
        for (const { high, low, pauseSeconds: pause, lifeSeconds: life } of steps) {
          nowSeconds += pause;
          const key = `${high},${low}`;
          assert.isTrue(set.has({ high, low }, nowSeconds) || !model.isAlive(key, nowSeconds));
          const claimed = set.claim({ high, low }, { expiresAtSeconds: nowSeconds + life, nowSeconds });
          if (model.isAlive(key, nowSeconds)) assert.isFalse(claimed);
          else if (model.mayBeGone(key, nowSeconds)) assert.isTrue(claimed);
          if (claimed) model.claim(key, nowSeconds + life);
          const [least, most] = model.size(nowSeconds);
          assert.isAtMost(maxEntries - set.room(nowSeconds), most);
          assert.isAtLeast(maxEntries - set.room(nowSeconds), least);
        }
      }), { numRuns: 60 });
    });
  }

  it('loses none and brings back none where thousands come, end and are cleared away at once', () => {
    const lives = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 });
    fc.assert(fc.property(lives, fc.integer(), (seconds, salt) => {
      const set = new FingerprintSet(20_000);
      // An odd factor gives each number a place of its own.
      const print = (index: number) => ({ high: Math.imul(index + salt, 0x9e3779b1), low: Math.imul(index ^ salt, 0x85ebca6b) });
      const life = (index: number) => 100 * seconds[index % seconds.length]!;
      for (let index = 0; index < 5000; index += 1) {
        assert.isTrue(set.claim(print(index), { expiresAtSeconds: start + life(index), nowSeconds: start }));
      }
      for (const nowSeconds of [start, start + 999, start + 2001, start + 4000]) {
        for (let index = 0; index < 5000; index += 1) {
          if (life(index) > nowSeconds - start) assert.isTrue(set.has(print(index), nowSeconds));
          else if (life(index) <= nowSeconds - start - 4) assert.isFalse(set.has(print(index), nowSeconds));
        }
        for (let index = 5000; index < 9000; index += 1) set.claim(print(index), { expiresAtSeconds: nowSeconds + 60, nowSeconds });
      }
    }), { numRuns: 10 });
  });
});
