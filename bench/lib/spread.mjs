// The spread of rounds, and what it promises. It takes nothing for granted of how noise is distributed, only that each round
// of both runs could as well have been any other: then the rank of one run's median among the other's rounds is known.

/** How often the median of another run should lie within the spread of this one, where there are rounds enough. */
const WANTED = 0.95;

const middle = (count) => Math.floor(count / 2);

/** In how many ways so many can be taken. */
function ways(all, taken) {
  let product = 1;
  for (let each = 1; each <= taken; each += 1) product *= (all - taken + each) / each;
  return product;
}

/** The chance that just so many rounds of this run lie below the median of another one. */
const chanceBelow = (below, count) =>
  (ways(middle(count) + below, below) * ways(2 * count - 1 - middle(count) - below, count - below)) / ways(2 * count, count);

/** The chance that the median of another run is within, where so many rounds are left out at either end. */
function chanceWithin(trimmed, count) {
  let chance = 0;
  for (let below = trimmed + 1; below < count - trimmed; below += 1) chance += chanceBelow(below, count);
  return chance;
}

/** As many rounds as can be left out; none where there are too few. */
function trimmedOf(count) {
  let trimmed = 0;
  while (trimmed + 1 < middle(count) && chanceWithin(trimmed + 1, count) >= WANTED) trimmed += 1;
  return trimmed;
}

/** The chance that the median of another run of so many rounds lies within the spread of one. */
export const confidence = (count) => chanceWithin(trimmedOf(count), count);

/**
 * The median, and around it as few rounds as hold the median of another run of as many with a chance of 95 % or more: of 9
 * rounds it takes all of them, of 15 all but one at either end. Where there are fewer, see {@link confidence}.
 *
 * @param {number[]} values
 * @returns {{ median: number, low: number, high: number }}
 */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const trimmed = trimmedOf(sorted.length);
  return { median: sorted[middle(sorted.length)], low: sorted[trimmed], high: sorted.at(-1 - trimmed) };
}
