/** Stores held to their contract: a boolean, in time. Whatever else they give is a failure, never an answer. */

import type { ReplayStore } from '../stores/replay-store.ts';
import type { RevocationSource } from '../stores/revocation.ts';

/**
 * A replay store whose `claim` rejects when it is late or gives no boolean: `undefined` must not read as a replay,
 * and Redis' `'OK'` must not read as a first use.
 *
 * @throws TypeError where there is no store.
 */
export function guardReplayStore(store: ReplayStore, timeoutSeconds: number): ReplayStore {
  if (typeof store?.claim !== 'function') throw new TypeError('replayStore is needed: memoryReplayStore() for one process');
  const claim: ReplayStore['claim'] = (...args) => answer(async () => store.claim(...args), { name: 'replayStore.claim', timeoutSeconds });
  return { shared: store.shared === true, claim };
}

/**
 * A revocation source whose `check` rejects when it is late or gives no boolean.
 *
 * @throws TypeError where it is none.
 */
export function guardRevocation(source: RevocationSource, timeoutSeconds: number): RevocationSource {
  if (typeof source.check !== 'function') throw new TypeError('revocation must have a method check');
  return { check: (token) => answer(async () => source.check(token), { name: 'revocation.check', timeoutSeconds }) };
}

async function answer(
  ask: () => Promise<boolean>,
  { name, timeoutSeconds }: { readonly name: string; readonly timeoutSeconds: number },
): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} took more than ${timeoutSeconds} s`)), timeoutSeconds * 1000);
  });
  const result: unknown = await Promise.race([ask(), late]).finally(() => clearTimeout(timer));
  if (typeof result !== 'boolean') throw new TypeError(`${name} resolved with ${typeof result}, not with a boolean`);
  return result;
}
