/** Counts what is asked of the platform's crypto: by SubtleCrypto, and in Node by its own crypto. */

type Operation = 'verify' | 'decrypt' | 'sign' | 'digest' | 'importKey' | 'createPublicKey' | 'exportKey';
type Doer = Partial<Record<Operation, (...given: unknown[]) => unknown>>;

/** How often SubtleCrypto, or Node's own crypto where it is there, does something while a function runs. */
export async function count(operation: Operation, run: () => Promise<unknown>): Promise<number> {
  const doers = [crypto.subtle, globalThis.process?.getBuiltinModule?.('node:crypto')] as unknown as (Doer | undefined)[];
  let calls = 0;
  const restore = doers.map((doer) => {
    const original = doer?.[operation];
    if (!doer || !original) return () => {};
    const own = Object.getOwnPropertyDescriptor(doer, operation);
    const value = (...given: unknown[]) => {
      calls += 1;
      return Reflect.apply(original, doer, given);
    };
    Object.defineProperty(doer, operation, { value, configurable: true, writable: true });
    return () => (own ? Object.defineProperty(doer, operation, own) : Reflect.deleteProperty(doer, operation));
  });
  try {
    await run();
  } finally {
    for (const each of restore) each();
  }
  return calls;
}
