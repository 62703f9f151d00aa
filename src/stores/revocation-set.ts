/** Revocations in memory: bounded, and forgotten when they have no token left to mean. */

import { isRevokedBy, readRevocation, revocationKeys, revocationRetentionSeconds, type Revocation, type RevocationEntry, type TokenIdentity } from './revocation.ts';

const sliceSeconds = 60;
const maxSweptAtOnce = 100;

/** A set of revocations that never gives up a live one. */
export class RevocationSet {
  readonly #entries = new Map<string, RevocationEntry>();
  /** The keys by when they are due to be forgotten. */
  readonly #due = new Map<number, string[]>();
  readonly #maxEntries: number;

  /** @throws TypeError where `maxEntries` is not a positive integer. */
  constructor(maxEntries: number) {
    if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) throw new TypeError('maxEntries must be a positive integer');
    this.#maxEntries = maxEntries;
  }

  /** Whether one of the entries that are alive means this token. */
  has(token: TokenIdentity, nowSeconds: number): boolean {
    if (this.#entries.size === 0) return false;
    return revocationKeys(token).some((key) => {
      const entry = this.#entries.get(key);
      return entry !== undefined && entry.expiresAtSeconds > nowSeconds && isRevokedBy(entry, token);
    });
  }

  /**
   * Adds an entry; of two under one key, the later times count.
   *
   * @throws TypeError where it is none; Error where there is no room: nothing that lives is given up for it.
   */
  add(revocation: Revocation, nowSeconds: number): void {
    const { key, notBeforeSeconds, expiresAtSeconds } = readRevocation(revocation);
    const forgottenAtSeconds = expiresAtSeconds + revocationRetentionSeconds;
    this.#sweep(nowSeconds);
    if (forgottenAtSeconds <= nowSeconds) return;
    const old = this.#entries.get(key);
    if (!old && this.#entries.size >= this.#maxEntries) throw new Error(`Full: ${this.#maxEntries} revocations are alive`);
    const entry = {
      key,
      notBeforeSeconds: Math.max(notBeforeSeconds, old?.notBeforeSeconds ?? -Infinity),
      expiresAtSeconds: Math.max(forgottenAtSeconds, old?.expiresAtSeconds ?? -Infinity),
    };
    this.#entries.set(key, entry);
    const slice = sliceOf(entry.expiresAtSeconds);
    if (!old || sliceOf(old.expiresAtSeconds) !== slice) this.#remind(key, slice);
  }

  #remind(key: string, slice: number): void {
    const keys = this.#due.get(slice);
    if (keys) keys.push(key);
    else this.#due.set(slice, [key]);
  }

  // A little at each addition, more than one addition brings: the dead never gather. A full set is swept whole.
  #sweep(nowSeconds: number): void {
    let left = this.#entries.size >= this.#maxEntries ? Infinity : maxSweptAtOnce;
    const current = sliceOf(nowSeconds);
    for (const [slice, keys] of this.#due) {
      if (slice >= current) continue;
      for (; keys.length && left > 0; left -= 1) this.#forget(keys.pop()!, nowSeconds);
      if (keys.length) return;
      this.#due.delete(slice);
    }
  }

  // An entry that was renewed has a later reminder as well.
  #forget(key: string, nowSeconds: number): void {
    const entry = this.#entries.get(key);
    if (entry && entry.expiresAtSeconds <= nowSeconds) this.#entries.delete(key);
  }
}

function sliceOf(seconds: number): number {
  return Math.floor(seconds / sliceSeconds);
}
