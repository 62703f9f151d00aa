/** A state in IndexedDB: it survives a reload, and all tabs share it. */

import { clear, createStore, get, getMany, promisifyRequest, update, type UseStore } from 'idb-keyval';
import type { Grant } from '../authorization/grant.ts';
import { randomBytes } from '../crypto/web.ts';
import { isRevokedBy, readRevocation, revocationKeys, revocationRetentionSeconds, type RevocationEntry } from '../stores/revocation.ts';
import { newIdentity, type Identity, type State } from './state.ts';

interface Expiring {
  readonly expiresAtSeconds: number;
}

/**
 * The state of the servers of one issuer. Whatever it resolves is in IndexedDB by then; finding and remembering are one
 * transaction, so that two tabs never both come first.
 *
 * @throws TypeError where there is no IndexedDB.
 */
export function persistentState(issuer: string, nowSeconds: () => number): State {
  if (typeof indexedDB === 'undefined') throw new TypeError('persist: there is no IndexedDB here');
  const store = createStore(`keybound-mock ${issuer}`, 'state');
  const sweep = createSweep(store, nowSeconds);
  const first = async (key: string, value: Expiring) => {
    await sweep();
    return replace<Expiring>(key, value, (old) => !old || old.expiresAtSeconds < nowSeconds(), store);
  };
  return {
    replayStore: { claim: (key, expiresAtSeconds) => first(`claim ${key}`, { expiresAtSeconds }) },
    revocation: {
      async check(token) {
        const keys = revocationKeys(token).map((key) => `revoked ${key}`);
        const entries = await getMany<RevocationEntry | undefined>(keys, store);
        return entries.some((entry) => entry && isRevokedBy(entry, token));
      },
      async revoke(revocation) {
        const { key, notBeforeSeconds, expiresAtSeconds } = readRevocation(revocation);
        await sweep();
        await update<RevocationEntry>(`revoked ${key}`, (old) => ({
          key,
          notBeforeSeconds: Math.max(notBeforeSeconds, old?.notBeforeSeconds ?? 0),
          expiresAtSeconds: Math.max(expiresAtSeconds + revocationRetentionSeconds, old?.expiresAtSeconds ?? 0),
        }), store);
      },
    },
    grants: {
      get: (id) => get<Grant>(`grant ${id}`, store),
      put: (id, grant) => replace<Grant>(`grant ${id}`, grant, (old) => (old?.version ?? 0) === grant.version - 1, store),
    },
    async identity() {
      const fresh = await newIdentity();
      await update<Identity>('identity', (old) => old ?? fresh, store);
      return (await get<Identity>('identity', store))!;
    },
    async renewNonceSecret() {
      const identity = await this.identity();
      await update<Identity>('identity', (old) => ({ ...(old ?? identity), nonceSecret: randomBytes(32) }), store);
    },
    clear: () => clear(store),
  };
}

// One readwrite transaction: look, decide, write. It is over when it is on disk.
function replace<T>(key: string, value: T, isFree: (old: T | undefined) => boolean, store: UseStore): Promise<boolean> {
  return store('readwrite', async (objects) => {
    const written = promisifyRequest(objects.transaction);
    let replaced = false;
    const read: IDBRequest<T | undefined> = objects.get(key);
    read.onsuccess = () => {
      replaced = isFree(read.result);
      if (replaced) objects.put(value, key);
    };
    await written;
    return replaced;
  });
}

// Once at the start, then at most once a minute.
function createSweep(store: UseStore, nowSeconds: () => number) {
  let dueAtSeconds = -Infinity;
  return async () => {
    const now = nowSeconds();
    if (now < dueAtSeconds) return;
    dueAtSeconds = now + 60;
    await store('readwrite', (objects) => {
      const cursors = objects.openCursor();
      cursors.onsuccess = () => {
        const cursor = cursors.result;
        if (cursor?.value?.expiresAtSeconds < now) cursor?.delete();
        cursor?.continue();
      };
      return promisifyRequest(objects.transaction);
    });
  };
}
