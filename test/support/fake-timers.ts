/** Time that passes when a test says so, for code that takes setTimeout from the global scope when it needs it. */

export interface FakeTimers {
  /** Lets time pass, and calls whatever is due by then. */
  pass(seconds: number): void;
  /** How many calls are due at some time. */
  count(): number;
  restore(): void;
}

/** Takes the place of setTimeout and clearTimeout until `restore`. */
export function fakeTimers(): FakeTimers {
  const { setTimeout, clearTimeout } = globalThis;
  const due = new Map<number, { readonly at: number; call(): void }>();
  let now = 0;
  let last = 0;
  const set = (call: () => void, milliseconds = 0) => {
    due.set((last += 1), { at: now + milliseconds, call });
    return last;
  };
  const fake = { setTimeout: set, clearTimeout: (id: number) => due.delete(id) };
  Object.assign(globalThis, fake);
  return {
    pass(seconds) {
      const end = now + seconds * 1000;
      for (;;) {
        const [id, next] = [...due].sort(([, one], [, other]) => one.at - other.at)[0] ?? [];
        if (!next || next.at > end) break;
        due.delete(id!);
        now = next.at;
        next.call();
      }
      now = end;
    },
    count: () => due.size,
    restore: () => void Object.assign(globalThis, { setTimeout, clearTimeout }),
  };
}
