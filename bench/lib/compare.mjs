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
export async function compare(contenders, { rounds, slices = 1, baseline, progress = () => {} }) {
  const names = Object.keys(contenders);
  const seen = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const values = Object.fromEntries(names.map((name) => [name, []]));
    for (let slice = 0; slice < slices; slice += 1) {
      for (const [index, name] of rotated(names, round + slice).entries()) {
        values[name].push(await contenders[name]());
        await progress((round * slices + slice) * names.length + index + 1, rounds * slices * names.length);
      }
    }
    for (const name of names) seen[name].push(spread(values[name]).median);
  }
  return sideBySide(seen, baseline);
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
