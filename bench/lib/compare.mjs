// Contenders side by side: each round runs them all, one after the other, so that what disturbs the machine disturbs all.
// What counts is the ratio within a round; times are shown, and mean this machine on that day. Runs in Node and in pages.
import { spread } from './spread.mjs';

export { spread };

/**
 * @param {Record<string, () => number | Promise<number>>} contenders each gives its nanoseconds (bytes, requests) per operation
 * @param {{ rounds: number, slices?: number, baseline: string, progress?: (done: number, all: number) => unknown }} terms a round takes the
 *   median of so many slices (default 1) of each contender, in turn: the shorter they are, the more alike is what disturbs them
 * @returns {Promise<Record<string, { value: Spread, ratio: Spread }>>} `ratio` is the baseline's value ÷ the contender's: its
 *   rate as a share of the baseline's
 *
 * @typedef {{ median: number, low: number, high: number }} Spread the middle of the rounds, and what is around it: see spread.mjs
 */
export async function compare(contenders, terms) {
  const { all } = await compareEach({ all: contenders }, terms);
  return all;
}

/**
 * Several comparisons, a round of each in turn: so the rounds of each lie apart, and what disturbs the machine for a while
 * disturbs some of them, not all of one comparison.
 *
 * @param {Record<string, Parameters<typeof compare>[0]>} comparisons
 * @param {Parameters<typeof compare>[1]} terms
 * @returns {Promise<Record<string, Awaited<ReturnType<typeof compare>>>>}
 */
export async function compareEach(comparisons, { rounds, slices = 1, baseline, progress = () => {} }) {
  const seen = Object.fromEntries(Object.entries(comparisons).map(([title, contenders]) =>
    [title, Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))]));
  const all = Object.values(comparisons).reduce((sum, contenders) => sum + Object.keys(contenders).length * rounds * slices, 0);
  let done = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const [title, contenders] of Object.entries(comparisons)) {
      const names = Object.keys(contenders);
      const values = Object.fromEntries(names.map((name) => [name, []]));
      for (let slice = 0; slice < slices; slice += 1) {
        for (const name of rotated(names, round + slice)) {
          values[name].push(await contenders[name]());
          done += 1;
          await progress(done, all);
        }
      }
      for (const name of names) seen[title][name].push(spread(values[name]).median);
    }
  }
  return Object.fromEntries(Object.entries(seen).map(([title, rows]) => [title, sideBySide(rows, baseline)]));
}

/**
 * What was seen of each contender, round by round.
 *
 * @param {Record<string, number[]>} seen
 * @param {string} baseline
 * @returns {Record<string, { value: Spread, ratio: Spread }>}
 */
export function sideBySide(seen, baseline) {
  const ratios = (values) => values.map((value, round) => seen[baseline][round] / value);
  return Object.fromEntries(Object.entries(seen).map(([name, values]) => [name, { value: spread(values), ratio: spread(ratios(values)) }]));
}

/** Nobody always comes first, when the processor is cool, or last. */
export const rotated = (names, by) => names.map((_, index) => names[(index + by) % names.length]);

/** Nanoseconds per operation of something that is done so many times. */
export async function timed(count, run) {
  const start = performance.now();
  await run();
  return ((performance.now() - start) * 1e6) / count;
}
