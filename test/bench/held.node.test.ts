/** What `npm run bench:check` would find, and what the spread of a run promises of another one. */

import { assert } from 'chai';
import { differences, losses, without } from '../../bench/lib/held.mjs';
import { confidence, spread } from '../../bench/lib/spread.mjs';

const timed = (median: number, better = 'higher') => ({ better, results: { ES256: { 'keybound, protect': { ratio: { median } }, dpop: { ratio: { median } } } } });

describe('bench: what is held against the committed results', () => {
  it('a ratio of ours that has fallen by more than there is room for is a loss; a peer’s is nobody’s', () => {
    assert.deepEqual(losses(timed(0.8), timed(0.7), { room: 0.15 }), []);
    assert.deepEqual(losses(timed(0.8), timed(0.6), { room: 0.15 }), ['ES256, keybound, protect: 0.60, it was 0.80']);
  });

  it('where lower is better, it is one that has risen', () => {
    assert.deepEqual(losses(timed(1, 'lower'), timed(0.5), { room: 0.15 }), []);
    assert.deepEqual(losses(timed(1, 'lower'), timed(1.2), { room: 0.15 }), ['ES256, keybound, protect: 1.20, it was 1.00']);
  });

  it('a ratio that is no longer measured is a loss', () => {
    assert.deepEqual(losses(timed(0.8), { results: {} }, { room: 0.5 }), ['ES256, keybound, protect: not measured, it was 0.80']);
    assert.lengthOf(losses(timed(0.8), timed(NaN), { room: 0.5 }), 1);
  });

  const counts: Record<string, Record<string, Record<string, number>>> = {
    'one proof': { keybound: { sign: 1 }, 'a proof that is none': {} },
    bytes: { 'the six lines': { min: 16_000, gzip: 7000, brotli: 6000 } },
    'bytes allocated': { 'for a request': { 'a token seen before': 32_000 } },
  };
  /** With one count, or one row of them, as something else. */
  const changed = (title: string, row: string, count: Record<string, number> | undefined) => {
    const { [row]: old, ...others } = counts[title]!;
    return differences(counts, { ...counts, [title]: count ? { ...others, [row]: { ...old, ...count } } : others });
  };

  it('what is counted is the same', () => {
    assert.deepEqual(differences(counts, structuredClone(counts)), []);
  });

  for (const [what, [title, row, count], told] of [
    ['one more signature', ['one proof', 'keybound', { sign: 2 }], 'one proof › keybound › sign: 2, it was 1'],
    ['a read that there was not', ['one proof', 'keybound', { read: 1 }], 'one proof › keybound › read: 1, it was not there'],
    ['work for what was refused for nothing', ['one proof', 'a proof that is none', { hashes: 1 }], 'one proof › a proof that is none › hashes: 1, it was not there'],
    ['what nobody counts any more', ['one proof', 'a proof that is none', undefined], 'one proof › a proof that is none: not there, it was there'],
    ['a byte', ['bytes', 'the six lines', { min: 16_001 }], 'bytes › the six lines › min: 16001, it was 16000'],
    ['more than a compressor’s hundredth', ['bytes', 'the six lines', { brotli: 6061 }], 'bytes › the six lines › brotli: 6061, it was 6000'],
    ['a tenth more memory', ['bytes allocated', 'for a request', { 'a token seen before': 35_300 }], 'bytes allocated › for a request › a token seen before: 35300, it was 32000'],
  ] as const) {
    it(`${what} is told`, () => {
      assert.deepEqual(changed(title, row, count), [told]);
    });
  }

  it('one signature less is told', () => {
    assert.deepEqual(differences(counts, { ...counts, 'one proof': { ...counts['one proof'], keybound: {} } }), ['one proof › keybound › sign: not there, it was 1']);
  });

  it('what a compiler or a compressor does otherwise is not', () => {
    assert.deepEqual(changed('bytes', 'the six lines', { gzip: 7070 }), []);
    assert.deepEqual(changed('bytes allocated', 'for a request', { 'a token seen before': 29_000 }), []);
  });

  it('what cannot be compared here is left out by its name, of titles and of contenders', () => {
    const part = without({ results: timed(1).results, counts }, (name: string) => ['dpop', 'bytes', 'keybound'].includes(name));
    assert.hasAllKeys(part.results.ES256, ['keybound, protect']);
    assert.hasAllKeys(part.counts, ['one proof', 'bytes allocated']);
    assert.hasAllKeys(part.counts['one proof'], ['a proof that is none']);
  });
});

describe('bench: the spread of a run', () => {
  it('is the whole range of 9 rounds, and the range of 15 without one at either end', () => {
    const rounds = (count: number) => Array.from({ length: count }, (_, index) => index);
    assert.deepEqual(spread(rounds(9)), { median: 4, low: 0, high: 8 });
    assert.deepEqual(spread(rounds(15)), { median: 7, low: 1, high: 13 });
    assert.deepEqual(spread([5]), { median: 5, low: 5, high: 5 });
  });

  it('promises what counting all orders of two runs gives: of three rounds each, 12 of 20', () => {
    const orders = Array.from({ length: 64 }, (_, bits) => bits.toString(2).padStart(6, '0').split('')).filter((order) => order.filter((one) => one === '1').length === 3);
    const isWithin = (order: string[]) => {
      const median = order.flatMap((one, at) => (one === '1' ? [at] : []))[1]!;
      return order.indexOf('0') < median && order.lastIndexOf('0') > median;
    };
    assert.equal(orders.length, 20);
    assert.closeTo(confidence(3), orders.filter(isWithin).length / 20, 1e-12);
  });

  it('is right 95 times in 100 or more from 9 rounds on, and says where it is not', () => {
    for (let count = 9; count <= 31; count += 2) assert.isAtLeast(confidence(count), 0.95, `${count} rounds`);
    assert.closeTo(confidence(5), 0.833, 0.001);
    assert.equal(confidence(1), 0);
  });
});
