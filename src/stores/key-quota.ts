/** How much each key has spent lately, in a memory that does not grow with the number of keys. */

import type { Fingerprint } from './fingerprint.ts';

const shortestLifeSeconds = 90;
const longestLifeFactor = 4;
const generationCount = 4;

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

/** A count-min sketch of two rows, which forgets its oldest generation as a whole: in 0.2 milliseconds for a million entries, in proportion for more. */
class CountSketch {
  readonly generationSeconds: number;
  readonly #width: number;
  /** Of each cell the sum over all generations, then the count of the current one: side by side, for one fetch of memory. */
  readonly #cells: Uint32Array;
  /** The counts of the generations before, at the place of their number modulo how many there are. */
  readonly #past: readonly Uint32Array[];
  #generation = 0;

  /** @param width a power of two. */
  constructor(width: number, generationSeconds: number) {
    this.generationSeconds = generationSeconds;
    this.#width = width;
    this.#cells = new Uint32Array(2 * 2 * width);
    this.#past = Array.from({ length: generationCount - 1 }, () => new Uint32Array(2 * width));
  }

  count(key: Fingerprint, nowSeconds: number): number {
    this.#turn(nowSeconds);
    return Math.min(this.#cells[this.#firstCell(key)]!, this.#cells[this.#secondCell(key)]!);
  }

  add(key: Fingerprint, nowSeconds: number): void {
    this.#turn(nowSeconds);
    this.#increment(this.#firstCell(key));
    this.#increment(this.#secondCell(key));
  }

  #firstCell({ high }: Fingerprint): number {
    return 2 * (high & (this.#width - 1));
  }

  #secondCell({ low }: Fingerprint): number {
    return 2 * (this.#width + (low & (this.#width - 1)));
  }

  #increment(cell: number): void {
    this.#cells[cell]! += 1;
    this.#cells[cell + 1]! += 1;
  }

  // A clock that goes back a little stays in the generation that it had come to: nothing is forgotten too early.
  #turn(nowSeconds: number): void {
    const generation = Math.max(0, Math.floor(nowSeconds / this.generationSeconds));
    if (generation <= this.#generation) return;
    const turned = Math.min(generation - this.#generation, generationCount);
    for (let turn = 1; turn <= turned; turn += 1) this.#forgetOldest((this.#generation + turn) % this.#past.length);
    this.#generation = generation;
  }

  // The current generation takes the place of the oldest.
  #forgetOldest(index: number): void {
    const oldest = this.#past[index]!;
    for (let at = 0; at < oldest.length; at += 1) {
      this.#cells[2 * at]! -= oldest[at]!;
      oldest[at] = this.#cells[2 * at + 1]!;
      this.#cells[2 * at + 1] = 0;
    }
  }
}
