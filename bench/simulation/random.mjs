// Numbers that look random and are the same each time: sfc32, begun anew for each client, so that a client lives the same
// life in a small population as in a large one. For simulations; nothing secret is made of it.

/** @returns {Random} */
export function createRandom() {
  let [a, b, c, count] = [0, 0, 0, 1];

  function next() {
    const sum = (((a + b) | 0) + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }

  return {
    begin(seed, client) {
      [a, b, c, count] = [seed | 0, client | 0, Math.imul(seed ^ client, 0x9e3779b9), 1];
      for (let round = 0; round < 12; round += 1) next();
    },
    next,
    between: (low, high) => low + (high - low) * next(),
    /** As often at 2 as at 20 and at 200: each power has its share. */
    betweenPowers: (low, high) => low * (high / low) ** next(),
    /** The time until the next of events that come by chance, `mean` apart. */
    wait: (mean) => -mean * Math.log(1 - next()),
    below: (bound) => Math.floor(next() * bound),
  };
}

/**
 * @typedef {object} Random
 * @property {(seed: number, client: number) => void} begin
 * @property {() => number} next from 0 to 1, 1 excluded
 * @property {(low: number, high: number) => number} between
 * @property {(low: number, high: number) => number} betweenPowers
 * @property {(mean: number) => number} wait
 * @property {(bound: number) => number} below an integer from 0
 */
