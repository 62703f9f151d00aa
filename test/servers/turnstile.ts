/** Counts who comes, and lets others wait until so many have come. */

/** See {@link Turnstile.reached}. */
export class Turnstile {
  #passed = 0;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  /** One more has come. Gives how many there are now. */
  pass(): number {
    this.#passed += 1;
    for (const { count, resolve } of this.#waiting) if (this.#passed >= count) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => this.#passed < count);
    return this.#passed;
  }

  /** Resolves once so many have come. */
  reached(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#passed >= count) resolve();
      else this.#waiting.push({ count, resolve });
    });
  }
}
