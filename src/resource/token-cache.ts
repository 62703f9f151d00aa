/** Access tokens that were verified before, by their hash: bounded in bytes. */

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

interface Held<Entry> {
  readonly entry: Entry;
  readonly bytes: number;
}

/**
 * A cache in two generations: what is asked for moves to the young one, and when that has half of the room, the old one
 * is dropped whole. So no call walks over the entries, and a flood of new ones drives out only what is not in use.
 */
export class TokenCache<Entry extends { readonly expiresAtSeconds: number }> {
  readonly #maxGenerationBytes: number;
  #young = new Map<string, Held<Entry>>();
  #old = new Map<string, Held<Entry>>();
  #youngBytes = 0;

  /** @param maxBytes what all entries may have together; 0 keeps none. */
  constructor(maxBytes: number) {
    this.#maxGenerationBytes = maxBytes / 2;
  }

  /** The entry of a hash, unless it has expired. */
  get(hash: string, nowSeconds: number): Entry | undefined {
    const held = this.#young.get(hash) ?? this.#old.get(hash);
    if (!held) return undefined;
    if (nowSeconds >= held.entry.expiresAtSeconds) this.delete(hash);
    else if (!this.#young.has(hash)) this.set(hash, held.entry, held.bytes);
    return nowSeconds < held.entry.expiresAtSeconds ? held.entry : undefined;
  }

  /** Keeps an entry that counts as so many bytes; one that is bigger than a generation is not kept. */
  set(hash: string, entry: Entry, bytes: number): void {
    this.delete(hash);
    if (bytes > this.#maxGenerationBytes) return;
    if (this.#youngBytes + bytes > this.#maxGenerationBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(hash, { entry, bytes });
    this.#youngBytes += bytes;
  }

  delete(hash: string): void {
    this.#youngBytes -= this.#young.get(hash)?.bytes ?? 0;
    this.#young.delete(hash);
    this.#old.delete(hash);
  }
}
