/** How much each key has spent lately, in a memory that does not grow with the number of keys. */

import type { Fingerprint } from './fingerprint.ts';

const shortestLifeSeconds = 90;
const longestLifeFactor = 4;
const generationCount = 4;
const cellUnits = 1 + generationCount;

/**
 * Counts what is alive under each key. A count is never too low. It is a little too high at times: an entry counts until
 * up to four thirds of the longest life of its class (90 seconds, 6 minutes, 24 minutes, …), and two keys may share
 * counters. That makes a quota a little tighter, and can refuse an honest key only where many others are over theirs.
 */
export class KeyQuota {
  readonly #classes: CountSketch[] = [];
  readonly #width: number;

  /** @param maxEntries how many entries are alive at most, of all keys. */
  constructor(maxEntries: number) {
    this.#width = 2 ** Math.round(Math.log2(Math.max(1024, maxEntries / 32)));
  }

  /** At least how many entries of a key are alive. */
  count(key: Fingerprint, nowSeconds: number): number {
    let sum = 0;
    for (const counts of this.#classes) sum += counts.count(key, nowSeconds);
    return sum;
  }

  /** Counts one more entry of a key. */
  add(key: Fingerprint, { lifeSeconds, nowSeconds }: { readonly lifeSeconds: number; readonly nowSeconds: number }): void {
    let longest = shortestLifeSeconds;
    while (longest < lifeSeconds) longest *= longestLifeFactor;
    this.#classFor(longest / (generationCount - 1)).add(key, nowSeconds);
  }

  #classFor(generationSeconds: number): CountSketch {
    const known = this.#classes.find((counts) => counts.generationSeconds === generationSeconds);
    if (known) return known;
    const counts = new CountSketch(this.#width, generationSeconds);
    this.#classes.push(counts);
    return counts;
  }
}

/** A count-min sketch of two rows. A cell forgets its old generations when it is looked at, so that no call takes long. */
class CountSketch {
  readonly generationSeconds: number;
  readonly #width: number;
  /** In each cell the generation that it has come to, then the counts of that one and of those before it. */
  readonly #cells: Uint32Array;

  /** @param width a power of two. */
  constructor(width: number, generationSeconds: number) {
    this.generationSeconds = generationSeconds;
    this.#width = width;
    this.#cells = new Uint32Array(2 * width * cellUnits);
  }

  count(key: Fingerprint, nowSeconds: number): number {
    const generation = this.#generationAt(nowSeconds);
    return Math.min(this.#sum(this.#firstCell(key), generation), this.#sum(this.#secondCell(key), generation));
  }

  add(key: Fingerprint, nowSeconds: number): void {
    const generation = this.#generationAt(nowSeconds);
    this.#increment(this.#firstCell(key), generation);
    this.#increment(this.#secondCell(key), generation);
  }

  #generationAt(nowSeconds: number): number {
    return Math.max(0, Math.floor(nowSeconds / this.generationSeconds));
  }

  #firstCell({ high }: Fingerprint): number {
    return cellUnits * (high & (this.#width - 1));
  }

  #secondCell({ low }: Fingerprint): number {
    return cellUnits * (this.#width + (low & (this.#width - 1)));
  }

  #sum(cell: number, generation: number): number {
    this.#turn(cell, generation);
    let sum = 0;
    for (let unit = 1; unit < cellUnits; unit += 1) sum += this.#cells[cell + unit]!;
    return sum;
  }

  #increment(cell: number, generation: number): void {
    this.#turn(cell, generation);
    this.#cells[cell + unitOf(this.#cells[cell]!)]! += 1;
  }

  // A clock that goes back stays in the generation that the cell had come to: nothing is forgotten too early.
  #turn(cell: number, generation: number): void {
    const turned = generation - this.#cells[cell]!;
    if (turned <= 0) return;
    for (let back = 0; back < Math.min(turned, generationCount); back += 1) this.#cells[cell + unitOf(generation - back)] = 0;
    this.#cells[cell] = generation;
  }
}

// Where a generation's count lies in a cell.
function unitOf(generation: number): number {
  return 1 + (Math.max(0, generation) % generationCount);
}
