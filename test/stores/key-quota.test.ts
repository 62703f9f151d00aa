import { assert } from 'chai';
import * as fc from 'fast-check';
import { createFingerprints } from '../../src/stores/fingerprint.ts';
import { KeyQuota } from '../../src/stores/key-quota.ts';

const start = 1_800_000_000;

describe('key quota', () => {
  for (const lifeSeconds of [1, 60, 90, 91, 360, 86_400]) {
    const longestSeconds = [90, 360, 1440, 5760, 23_040, 92_160].find((longest) => longest >= lifeSeconds)!;

    it(`counts entries of ${lifeSeconds} s never too low, and none for more than four thirds of ${longestSeconds} s, whatever the pauses`, () => {
      const quota = new KeyQuota(1000);
      const key = createFingerprints()('key');
      const added: number[] = [];
      let nowSeconds = start;
      for (let turn = 0; turn < 2000; turn += 1) {
        // Pauses of all lengths up to one and a half times the longest life, in no order.
        nowSeconds += ((turn * 7919) % 1000) ** 3 * 1.5e-9 * longestSeconds;
        const within = (seconds: number) => added.filter((at) => at > nowSeconds - seconds).length;
        const count = quota.count(key, nowSeconds);
        assert.isAtLeast(count, within(lifeSeconds), `turn ${turn}`);
        assert.isAtMost(count, within((longestSeconds * 4) / 3), `turn ${turn}`);
        quota.add(key, { lifeSeconds, nowSeconds });
        added.push(nowSeconds);
      }
    });
  }

  it('counts on through small steps back of the clock', () => {
    const quota = new KeyQuota(1000);
    const key = createFingerprints()('key');
    for (let turn = 0; turn < 100; turn += 1) quota.add(key, { lifeSeconds: 60, nowSeconds: start + 30 - (turn % 2) });
    assert.equal(quota.count(key, start + 29), 100);
    assert.equal(quota.count(key, start + 30 + 120), 0);
  });

  it('counts each of many keys apart, whichever of them comes after whatever pause', () => {
    // Cells of their own, some beside each other and some far apart.
    const keys = [0, 1, 2, 63, 64, 65, 500, 1023].map((cell) => ({ high: cell, low: 1023 - cell }));
    const turn = fc.record({ key: fc.nat(keys.length - 1), pauseSeconds: fc.oneof(fc.nat(3), fc.nat(200)), lifeSeconds: fc.constantFrom(60, 90, 300) });
    fc.assert(fc.property(fc.array(turn, { maxLength: 300, size: 'max' }), (turns) => {
      const quota = new KeyQuota(1000);
      const added: { readonly key: number; readonly at: number; readonly end: number; readonly counts: number }[] = [];
      let nowSeconds = start;
      for (const { key, pauseSeconds, lifeSeconds } of turns) {
        nowSeconds += pauseSeconds;
        // Only the key that comes is asked about: that the others are not is what this is about.
        const its = added.filter((each) => each.key === key);
        const count = quota.count(keys[key]!, nowSeconds);
        assert.isAtLeast(count, its.filter(({ end }) => end > nowSeconds).length);
        assert.isAtMost(count, its.filter(({ at, counts }) => at > nowSeconds - counts).length);
        quota.add(keys[key]!, { lifeSeconds, nowSeconds });
        added.push({ key, at: nowSeconds, end: nowSeconds + lifeSeconds, counts: lifeSeconds > 90 ? 480 : 120 });
      }
    }));
  });
});
