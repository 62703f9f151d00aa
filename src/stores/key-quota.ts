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

// A block of cells is turned by whoever comes to it first in a generation: no call turns all of them, however many there are.
const blockBits = 6;
const blockCells = 2 ** blockBits;

/** A count-min sketch of two rows, which forgets its oldest generation as a whole. */
class CountSketch {
  readonly generationSeconds: number;
  readonly #width: number;
  /** Of each cell the sum over all generations, then the count of the current one: side by side, for one fetch of memory. */
  readonly #cells: Uint32Array;
  /** The counts of the generations before, at the place of their number modulo how many there are. */
  readonly #past: readonly Uint32Array[];
  /** The generation that each block of cells has come to. */
  readonly #turnedTo: Float64Array;
  #generation = 0;

  /** @param width a power of two. */
  constructor(width: number, generationSeconds: number) {
    this.generationSeconds = generationSeconds;
    this.#width = width;
    this.#cells = new Uint32Array(2 * 2 * width);
    this.#past = Array.from({ length: generationCount - 1 }, () => new Uint32Array(2 * width));
    this.#turnedTo = new Float64Array((2 * width) / blockCells);
  }

  count(key: Fingerprint, nowSeconds: number): number {
    this.#readClock(nowSeconds);
    return Math.min(this.#cells[2 * this.#firstCell(key)]!, this.#cells[2 * this.#secondCell(key)]!);
  }

  add(key: Fingerprint, nowSeconds: number): void {
    this.#readClock(nowSeconds);
    this.#increment(this.#firstCell(key));
    this.#increment(this.#secondCell(key));
  }

  // A clock that goes back a little stays in the generation that it had come to: nothing is forgotten too early.
  #readClock(nowSeconds: number): void {
    const generation = Math.floor(nowSeconds / this.generationSeconds);
    if (generation > this.#generation) this.#generation = generation;
  }

  #firstCell({ high }: Fingerprint): number {
    return this.#turned(high & (this.#width - 1));
  }

  #secondCell({ low }: Fingerprint): number {
    return this.#turned(this.#width + (low & (this.#width - 1)));
  }

  #increment(cell: number): void {
    this.#cells[2 * cell]! += 1;
    this.#cells[2 * cell + 1]! += 1;
  }

  #turned(cell: number): number {
    const block = cell >> blockBits;
    if (this.#turnedTo[block]! < this.#generation) this.#turn(block);
    return cell;
  }

  #turn(block: number): void {
    const turnedTo = this.#turnedTo[block]!;
    const turned = Math.min(this.#generation - turnedTo, generationCount);
    for (let turn = 1; turn <= turned; turn += 1) this.#forgetOldest(block, (turnedTo + turn) % this.#past.length);
    this.#turnedTo[block] = this.#generation;
  }

  // The current generation takes the place of the oldest.
  #forgetOldest(block: number, index: number): void {
    const oldest = this.#past[index]!;
    const end = (block + 1) * blockCells;
    for (let cell = block * blockCells; cell < end; cell += 1) {
      this.#cells[2 * cell]! -= oldest[cell]!;
      oldest[cell] = this.#cells[2 * cell + 1]!;
      this.#cells[2 * cell + 1] = 0;
    }
  }
}
