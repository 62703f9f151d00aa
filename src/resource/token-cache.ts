/** Access tokens that were verified before, by their hash: bounded in bytes. */

import { GenerationCache } from '../verifier/generation-cache.ts';

// What V8 needs, about: for an entry with its keys, for an object with its first few members, for a text.
const entryBytes = 512;
const objectBytes = 64;
const textBytes = 32;
const otherBytes = 12;

/** Freezes parsed JSON through and through, and says how many bytes an entry with it takes, about. */
export function freezeAndWeigh(json: unknown): number {
  const open = [json];
  let bytes = entryBytes;
  while (open.length) {
    const value = open.pop();
    if (typeof value === 'string') bytes += textBytes + value.length;
    else if (typeof value !== 'object' || value === null) bytes += otherBytes;
    else {
      bytes += objectBytes;
      for (const member of Object.values(Object.freeze(value))) open.push(member);
    }
  }
  return bytes;
}

/** Tokens by their hash, each until it expires. */
export class TokenCache<Entry extends { readonly expiresAtSeconds: number }> {
  readonly #tokens: GenerationCache<Entry>;

  /** @param maxBytes what all entries may have together; 0 keeps none. */
  constructor(maxBytes: number) {
    this.#tokens = new GenerationCache(maxBytes);
  }

  /** The entry of a hash, unless it has expired. */
  get(hash: string, nowSeconds: number): Entry | undefined {
    const entry = this.#tokens.get(hash);
    if (!entry || nowSeconds < entry.expiresAtSeconds) return entry;
    this.#tokens.delete(hash);
    return undefined;
  }

  /** Keeps an entry that counts as so many bytes. */
  set(hash: string, entry: Entry, bytes: number): void {
    this.#tokens.set(hash, entry, bytes);
  }
}
