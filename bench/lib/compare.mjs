// Contenders side by side: each round runs them all, one after the other, so that what disturbs the machine disturbs all.
// What counts is the ratio within a round; times are shown, and mean this machine on that day.

/**
 * @param {Record<string, () => number | Promise<number>>} contenders each gives its nanoseconds (bytes, requests) per operation
 * @param {{ rounds: number, baseline: string, progress?: (done: number, all: number) => void }} terms
 * @returns {Promise<Record<string, { value: Spread, ratio: Spread }>>} `ratio` is the baseline's value ÷ the contender's: its
 *   rate as a share of the baseline's
 *
 * @typedef {{ median: number, low: number, high: number }} Spread the middle of the rounds, and the quartiles around it
 */
export async function compare(contenders, { rounds, baseline, progress = () => {} }) {
  const names = Object.keys(contenders);
  const seen = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, name] of rotated(names, round).entries()) {
      seen[name].push(await contenders[name]());
      progress(round * names.length + index + 1, rounds * names.length);
    }
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
const rotated = (names, by) => names.map((_, index) => names[(index + by) % names.length]);

/** @param {number[]} values @returns {Spread} */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** Nanoseconds per operation of something that is done so many times. */
export async function timed(count, run) {
  const start = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - start) / count;
}
