/** What the pages of two origins and the test tell each other: a note is written once, and whoever asks for it waits. */

interface Note {
  readonly value: Promise<unknown>;
  write(value: unknown): void;
}

export class Board {
  readonly #notes = new Map<string, Note>();
  readonly #written = new Set<string>();

  tell(name: string, value: unknown): void {
    this.#written.add(name);
    this.#note(name).write(value);
  }

  /** Waits until somebody has told it. */
  told<Value = unknown>(name: string): Promise<Value> {
    return this.#note(name).value as Promise<Value>;
  }

  has(name: string): boolean {
    return this.#written.has(name);
  }

  /**
   * Waits until somebody has told one of them.
   *
   * @throws Error where nobody has in time.
   */
  async first(names: readonly string[], { timeoutSeconds = 60 } = {}): Promise<{ name: string; value: unknown }> {
    const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
    const late = new Promise<never>((_resolve, reject) => {
      timeout.addEventListener('abort', () => reject(new Error(`Nobody told ${names.join(', ')}, only ${[...this.#written].join(', ')}`)));
    });
    return Promise.race([late, ...names.map(async (name) => ({ name, value: await this.told(name) }))]);
  }

  #note(name: string): Note {
    let note = this.#notes.get(name);
    if (!note) {
      let write: Note['write'] = () => {};
      const value = new Promise((resolve) => (write = resolve));
      this.#notes.set(name, (note = { value, write }));
    }
    return note;
  }
}
