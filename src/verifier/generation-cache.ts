/** A cache that is bounded in bytes, whatever a flood brings. */

interface Held<Entry> {
  readonly entry: Entry;
  readonly bytes: number;
}

/**
 * A cache in two generations: what is asked for moves to the young one, and when that has half of the room, the old one
 * is dropped whole. So no call walks over the entries, and a flood of new ones drives out only what is not in use.
 */
export class GenerationCache<Entry> {
  readonly #maxGenerationBytes: number;
  #young = new Map<string, Held<Entry>>();
  #old = new Map<string, Held<Entry>>();
  #youngBytes = 0;

  /** @param maxBytes what all entries may have together; 0 keeps none. */
  constructor(maxBytes: number) {
    this.#maxGenerationBytes = maxBytes / 2;
  }

  get(key: string): Entry | undefined {
    const young = this.#young.get(key);
    if (young) return young.entry;
    const old = this.#old.get(key);
    if (old) this.set(key, old.entry, old.bytes);
    return old?.entry;
  }

  /** Keeps an entry that counts as so many bytes; one that is bigger than a generation is not kept. */
  set(key: string, entry: Entry, bytes: number): void {
    this.delete(key);
    if (bytes > this.#maxGenerationBytes) return;
    if (this.#youngBytes + bytes > this.#maxGenerationBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(key, { entry, bytes });
    this.#youngBytes += bytes;
  }

  delete(key: string): void {
    this.#youngBytes -= this.#young.get(key)?.bytes ?? 0;
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
