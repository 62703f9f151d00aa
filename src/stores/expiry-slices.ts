/** Keys that expire, in memory: bounded, and forgotten a slice of time at once. */

/** How much is kept, and in what portions it is forgotten. */
export interface ExpirySlicesOptions {
  readonly sliceSeconds: number;
  readonly maxEntries: number;
}

/**
 * A set of keys in slices of expiry time. A slice is dropped whole once all of it has expired, so that no call ever
 * walks over the entries; an entry that is alive is never dropped.
 */
export class ExpirySlices {
  readonly #slices = new Map<number, Map<string, number>>();
  readonly #sliceSeconds: number;
  readonly #maxEntries: number;
  #size = 0;

  /** @throws TypeError where `maxEntries` is not a positive integer. */
  constructor({ sliceSeconds, maxEntries }: ExpirySlicesOptions) {
    if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) throw new TypeError('maxEntries must be a positive integer');
    this.#sliceSeconds = sliceSeconds;
    this.#maxEntries = maxEntries;
  }

  /** Whether a key is there and has not expired. */
  has(key: string, nowSeconds: number): boolean {
    for (const slice of this.#slices.values()) if ((slice.get(key) ?? -Infinity) > nowSeconds) return true;
    return false;
  }

  /**
   * Keeps a key until it expires.
   *
   * @throws Error where there is no room: nothing that lives is given up for it.
   */
  add(key: string, { expiresAtSeconds, nowSeconds }: { readonly expiresAtSeconds: number; readonly nowSeconds: number }): void {
    this.#dropExpired(nowSeconds);
    const index = Math.floor(expiresAtSeconds / this.#sliceSeconds);
    const slice = this.#slices.get(index) ?? new Map<string, number>();
    if (!slice.has(key)) {
      if (this.#size >= this.#maxEntries) throw new Error(`Full: ${this.#maxEntries} entries are alive`);
      this.#size += 1;
    }
    this.#slices.set(index, slice.set(key, expiresAtSeconds));
  }

  #dropExpired(nowSeconds: number): void {
    const current = Math.floor(nowSeconds / this.#sliceSeconds);
    for (const [index, slice] of this.#slices) {
      if (index >= current) continue;
      this.#slices.delete(index);
      this.#size -= slice.size;
    }
  }
}
