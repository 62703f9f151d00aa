/** One small table of fingerprints with the time each of them ends: open addressing in typed arrays, 10 bytes a slot. */

import type { Fingerprint } from './fingerprint.ts';
import { maxClaimSeconds } from './replay-store.ts';

/** How long a tick of the expiry clock is. */
export const tickSeconds = 4;

/** How far ahead an expiry may lie. */
export const maxLifeTicks = maxClaimSeconds / tickSeconds;

// A slot: the tick that ends its life, as a tag from 1 up (0: never used), then the fingerprint in four parts. They lie side
// by side, because most of the time of a look goes into fetching memory.
const slotUnits = 5;

// Tags come round in 73 hours. The next 33 hours are to come; the other 39 are past, which is longer than the dead lie about:
// until the shard's last entry has ended, and who makes an entry an hour after a purge purges.
const tagCount = 65_535;
const aliveTicks = 30_000;
const minCapacity = 16;
const fullShare = 0.8;
const startShare = 0.6;
const purgeAfterTicks = 900;

/**
 * A table of fingerprints, each until its own tick.
 *
 * Slots whose time is over are used again by whoever comes along. When the table fills up it is made anew, without them,
 * as large as its live ones want. Everything is fit for some thousand entries: then no call takes long.
 */
export class FingerprintShard {
  #slots = new Uint16Array(slotUnits * minCapacity);
  #capacity = minCapacity;
  #used = 0;
  #lastEnd = 0;
  #purgedAt: number;

  constructor(nowTick: number) {
    this.#purgedAt = nowTick;
  }

  /** Whether a fingerprint is there and alive. */
  has(print: Fingerprint, nowTick: number): boolean {
    return nowTick < this.#lastEnd && this.#find(print, nowTick) < 0;
  }

  /** Adds a fingerprint and is true, or finds that it is there and alive, and is false. */
  claim(print: Fingerprint, endTick: number, nowTick: number): boolean {
    if (Math.abs(nowTick - this.#purgedAt) > purgeAfterTicks) this.#rebuild(nowTick);
    const slot = this.#find(print, nowTick);
    if (slot < 0) return false;
    this.#put(print, slot, tagOf(endTick));
    this.#lastEnd = Math.max(this.#lastEnd, endTick);
    if (this.#used > fullShare * this.#capacity) this.#rebuild(nowTick);
    return true;
  }

  #put({ high, low }: Fingerprint, slot: number, end: number): void {
    const slots = this.#slots;
    if (slots[slot] === 0) this.#used += 1;
    slots[slot] = end;
    slots[slot + 1] = low;
    slots[slot + 2] = low >>> 16;
    slots[slot + 3] = high;
    slots[slot + 4] = high >>> 16;
  }

  // Where a fingerprint goes that is not there, or -1 where it is: it would lie before the first slot never used.
  #find({ high, low }: Fingerprint, nowTick: number): number {
    const slots = this.#slots;
    const nowTag = tagOf(nowTick);
    let free = -1;
    for (let slot = this.#homeOf(low); ; slot = this.#next(slot)) {
      const end = slots[slot]!;
      if (end === 0) return free < 0 ? slot : free;
      const isSame = slots[slot + 1] === (low & 0xffff) && wordAt(slots, slot + 1) === low && wordAt(slots, slot + 3) === high;
      if (isSame && isAlive(end, nowTag)) return -1;
      if (free < 0 && !isAlive(end, nowTag)) free = slot;
    }
  }

  #homeOf(low: number): number {
    return slotUnits * Math.floor(((low >>> 0) * this.#capacity) / 2 ** 32);
  }

  #next(slot: number): number {
    return slot + slotUnits === this.#slots.length ? 0 : slot + slotUnits;
  }

  // After a long idle time tags mean something else by now; but then all of them are over.
  #rebuild(nowTick: number): void {
    const slots = this.#slots;
    const nowTag = tagOf(nowTick);
    const alive = nowTick < this.#lastEnd ? countAlive(slots, nowTag) : 0;
    this.#capacity = Math.max(minCapacity, Math.ceil(alive / startShare));
    this.#slots = new Uint16Array(slotUnits * this.#capacity);
    this.#used = 0;
    this.#purgedAt = nowTick;
    for (let slot = 0, left = alive; left > 0; slot += slotUnits) {
      if (!isAlive(slots[slot]!, nowTag)) continue;
      this.#moveIn({ low: wordAt(slots, slot + 1), high: wordAt(slots, slot + 3) }, slots[slot]!);
      left -= 1;
    }
  }

  // What was in a table is there once: it goes where there is room.
  #moveIn(print: Fingerprint, end: number): void {
    let slot = this.#homeOf(print.low);
    while (this.#slots[slot] !== 0) slot = this.#next(slot);
    this.#put(print, slot, end);
  }
}

function wordAt(slots: Uint16Array, unit: number): number {
  return (slots[unit + 1]! << 16) | slots[unit]!;
}

function tagOf(tick: number): number {
  return (tick % tagCount) + 1;
}

function countAlive(slots: Uint16Array, nowTag: number): number {
  let alive = 0;
  for (let slot = 0; slot < slots.length; slot += slotUnits) if (isAlive(slots[slot]!, nowTag)) alive += 1;
  return alive;
}

// There is no branch for tags that have come round: engines compile for what they have seen, and the first entry to die, minutes
// after the start, would send every function that looks at entries back to the interpreter, in the midst of a table.
function isAlive(end: number, nowTag: number): boolean {
  const left = end - nowTag;
  const ticks = left + (tagCount & (left >> 31));
  return end !== 0 && ticks > 0 && ticks < aliveTicks;
}
