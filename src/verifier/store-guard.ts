/** Stores held to their contract: a boolean, in time. Whatever else they give is a failure, never an answer. */

import type { ReplayStore } from '../stores/replay-store.ts';
import type { RevocationSource } from '../stores/revocation.ts';

interface Terms {
  readonly name: string;
  readonly timeoutSeconds: number;
  readonly type: 'boolean' | 'string';
}

/**
 * A replay store that rejects when it is late or gives no boolean: `undefined` must not read as a replay, and Redis'
 * `'OK'` must not read as a first use.
 *
 * @throws TypeError where there is no store.
 */
export function guardReplayStore(store: ReplayStore, timeoutSeconds: number): ReplayStore {
  if (typeof store?.claim !== 'function') throw new TypeError('replayStore is needed: memoryReplayStore() for one process');
  const claimed = { name: 'replayStore.claim', type: 'boolean', timeoutSeconds } as const;
  const epoch = { name: 'replayStore.epoch', type: 'string', timeoutSeconds } as const;
  return {
    shared: store.shared === true,
    claim: (key, expiresAtSeconds) => answer<boolean>(async () => store.claim(key, expiresAtSeconds), claimed),
    ...(store.epoch && { epoch: () => answer<string>(async () => store.epoch!(), epoch) }),
  };
}

/**
 * A revocation source that rejects when it is late or gives no boolean.
 *
 * @throws TypeError where it is none.
 */
export function guardRevocation(source: RevocationSource, timeoutSeconds: number): RevocationSource {
  if (typeof source.check !== 'function') throw new TypeError('revocation must have a method check');
  const terms = { name: 'revocation.check', type: 'boolean', timeoutSeconds } as const;
  return { check: (token) => answer<boolean>(async () => source.check(token), terms) };
}

async function answer<T>(ask: () => Promise<T>, { name, timeoutSeconds, type }: Terms): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} took more than ${timeoutSeconds} s`)), timeoutSeconds * 1000);
  });
  const result = await Promise.race([ask(), late]).finally(() => clearTimeout(timer));
  if (typeof result !== type) throw new TypeError(`${name} resolved with ${typeof result}, not with a ${type}`);
  return result;
}
