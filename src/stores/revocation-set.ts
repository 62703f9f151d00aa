/** Revocations in memory: bounded, and forgotten when they have no token left to mean. */

import {
  isRevokedBy,
  readRevocation,
  revocationKeys,
  revocationName,
  revocationRetentionSeconds,
  type Revocation,
  type RevocationEntry,
  type RevocationName,
  type TokenIdentity,
} from './revocation.ts';
import { steadySeconds } from './stopwatch.ts';

const sliceSeconds = 60;
const maxSweptAtOnce = 100;

/** An entry that ends when both clocks say so: one of them may have been set, when it was added or since. */
interface KeptEntry extends RevocationEntry {
  readonly steadyEndSeconds: number;
}

/** A set of revocations that never gives up a live one, whatever is done to the clock. */
export class RevocationSet {
  readonly #entries = new Map<string, KeptEntry>();
  /** How many entries there are of each name that has any: a token is looked for under no other. */
  readonly #counts = new Map<RevocationName, number>();
  /** Every key once, by when it is to be looked at, on the steady clock: no later than its entry ends. */
  readonly #reminders = new Map<number, string[]>();
  /** Those whose time has come. */
  readonly #due: string[][] = [];
  #collectedSlice = -Infinity;
  readonly #maxEntries: number;

  /** @throws TypeError where `maxEntries` is not a positive integer. */
  constructor(maxEntries: number) {
    if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) throw new TypeError('maxEntries must be a positive integer');
    this.#maxEntries = maxEntries;
  }

  /** Whether one of the entries that are alive means this token. */
  has(token: TokenIdentity, nowSeconds: number): boolean {
    return revocationKeys(token, this.#counts.keys()).some((key) => {
      const entry = this.#entries.get(key);
      return entry !== undefined && isAlive(entry, nowSeconds) && isRevokedBy(entry, token);
    });
  }

  /**
   * Adds an entry, for as long as the clock says, and for 300 seconds at least; of two under one key, the later times count.
   *
   * @throws TypeError where it is none; Error where there is no room: nothing that lives is given up for it.
   */
  add(revocation: Revocation, nowSeconds: number): void {
    const { key, notBeforeSeconds, expiresAtSeconds } = readRevocation(revocation);
    const forgottenAtSeconds = expiresAtSeconds + revocationRetentionSeconds;
    this.#sweep(nowSeconds);
    const old = this.#entries.get(key);
    if (!old && this.#entries.size >= this.#maxEntries) throw new Error(`Full: ${this.#maxEntries} revocations are alive`);
    const lifeSeconds = Math.max(forgottenAtSeconds - nowSeconds, revocationRetentionSeconds);
    const entry = {
      key,
      notBeforeSeconds: Math.max(notBeforeSeconds, old?.notBeforeSeconds ?? -Infinity),
      expiresAtSeconds: Math.max(forgottenAtSeconds, old?.expiresAtSeconds ?? -Infinity),
      steadyEndSeconds: Math.max(steadySeconds() + lifeSeconds, old?.steadyEndSeconds ?? -Infinity),
    };
    this.#entries.set(key, entry);
    if (old) return;
    this.#count(key, 1);
    this.#remind(key, entry.steadyEndSeconds);
  }

  #count(key: string, change: 1 | -1): void {
    const name = revocationName(key);
    const count = (this.#counts.get(name) ?? 0) + change;
    if (count === 0) this.#counts.delete(name);
    else this.#counts.set(name, count);
  }

  #remind(key: string, atSteadySeconds: number): void {
    const slice = sliceOf(atSteadySeconds);
    const keys = this.#reminders.get(slice);
    if (keys) keys.push(key);
    else this.#reminders.set(slice, [key]);
  }

  // A little at each addition, more than one addition brings: the dead never gather. A full set is swept whole.
  #sweep(nowSeconds: number): void {
    this.#collectDue(sliceOf(steadySeconds()));
    let left = this.#entries.size >= this.#maxEntries ? Infinity : maxSweptAtOnce;
    for (let keys = this.#due.at(-1); keys && left > 0; keys = this.#due.at(-1)) {
      for (; keys.length && left > 0; left -= 1) this.#forget(keys.pop()!, nowSeconds);
      if (!keys.length) this.#due.pop();
    }
  }

  // Once a slice: entries may end at many thousand times.
  #collectDue(slice: number): void {
    if (slice === this.#collectedSlice) return;
    this.#collectedSlice = slice;
    for (const [end, keys] of this.#reminders) {
      if (end >= slice) continue;
      this.#due.push(keys);
      this.#reminders.delete(end);
    }
  }

  // An entry that lives was renewed, or the clock was set back since it was added: it may be set right at any time.
  #forget(key: string, nowSeconds: number): void {
    const entry = this.#entries.get(key)!;
    if (isAlive(entry, nowSeconds)) {
      this.#remind(key, Math.max(entry.steadyEndSeconds, steadySeconds() + revocationRetentionSeconds));
    } else {
      this.#entries.delete(key);
      this.#count(key, -1);
    }
  }
}

function isAlive({ expiresAtSeconds, steadyEndSeconds }: KeptEntry, nowSeconds: number): boolean {
  return expiresAtSeconds > nowSeconds || steadyEndSeconds > steadySeconds();
}

function sliceOf(seconds: number): number {
  return Math.floor(seconds / sliceSeconds);
}
