/** Many fingerprints that expire: a set in shards, so that it grows a little at a time. */

import type { Fingerprint } from './fingerprint.ts';
import { FingerprintShard, maxLifeTicks, tickSeconds } from './fingerprint-shard.ts';

// A shard is made anew as a whole, in some 0.2 milliseconds at this size.
const entriesPerShard = 4096;

/**
 * A bounded set of fingerprints, each until it expires, or up to 4 seconds longer. It never gives up one that is alive:
 * when it is full, it takes no more.
 */
export class FingerprintSet {
  readonly #shards: (FingerprintShard | undefined)[];
  readonly #maxEntries: number;
  /** How many entries end at each tick to come: so that the live ones are counted without a walk over the table. */
  readonly #ending = new Map<number, { count: number }>();
  #size = 0;
  #countedAt = -Infinity;

  /** @throws TypeError where `maxEntries` is not an integer from 1 to 100,000,000. */
  constructor(maxEntries: number) {
    if (!Number.isSafeInteger(maxEntries) || maxEntries < 1 || maxEntries > 1e8) {
      throw new TypeError('maxEntries must be an integer from 1 to 100,000,000');
    }
    this.#maxEntries = maxEntries;
    this.#shards = Array.from({ length: Math.ceil(maxEntries / entriesPerShard) });
  }

  /** Whether a fingerprint is there and has not expired. */
  has(print: Fingerprint, nowSeconds: number): boolean {
    return this.#shards[this.#shardOf(print)]?.has(print, tickOf(nowSeconds)) === true;
  }

  /** How many more there is room for. */
  room(nowSeconds: number): number {
    const nowTick = tickOf(nowSeconds);
    // Also where the clock was set back: what was counted under a wrong time must not stay counted until it comes.
    if (nowTick !== this.#countedAt) this.#dropEnded(nowTick);
    return this.#maxEntries - this.#size;
  }

  /**
   * Adds a fingerprint and is true, or finds that it is there and has not expired, and is false. Nothing is awaited
   * between the look and the entry: that makes it atomic. Whether there is room is for the caller to ask.
   *
   * @throws RangeError where it expires more than 30 hours from now.
   */
  claim(print: Fingerprint, { expiresAtSeconds, nowSeconds }: { readonly expiresAtSeconds: number; readonly nowSeconds: number }): boolean {
    const nowTick = tickOf(nowSeconds);
    const endTick = Math.ceil(expiresAtSeconds / tickSeconds);
    if (!(endTick - nowTick <= maxLifeTicks)) throw new RangeError('An entry expires within 30 hours');
    const shard = (this.#shards[this.#shardOf(print)] ??= new FingerprintShard(nowTick));
    if (!shard.claim(print, endTick, nowTick)) return false;
    this.#countEnding(endTick);
    return true;
  }

  #shardOf({ high }: Fingerprint): number {
    return Math.floor(((high >>> 0) * this.#shards.length) / 2 ** 32);
  }

  #countEnding(endTick: number): void {
    this.#size += 1;
    const ending = this.#ending.get(endTick);
    if (ending) ending.count += 1;
    else this.#ending.set(endTick, { count: 1 });
  }

  #dropEnded(nowTick: number): void {
    this.#countedAt = nowTick;
    for (const [tick, { count }] of this.#ending) {
      if (tick > nowTick) continue;
      this.#ending.delete(tick);
      this.#size -= count;
    }
  }
}

function tickOf(seconds: number): number {
  return Math.floor(seconds / tickSeconds);
}
