/** Where the key pair's handle is kept: IndexedDB, one entry a name; memory where that fails. */

import { promisifyRequest } from 'idb-keyval';
import { generateKey, isSound, keySigner, type HeaderAlgorithm } from './key.ts';
import type { Signer } from './signer.ts';

/** A key that is ready to sign, where it lives, and how it came to be. */
export interface LoadedKey {
  readonly signer: Signer;
  readonly persistence: 'indexeddb' | 'memory';
  readonly keyState: 'created' | 'restored' | 'replaced';
  /** Why the key is in memory alone. */
  readonly cause?: unknown;
  /** What was noted beside the key at an earlier load. */
  readonly notes?: readonly string[] | undefined;
  /** Notes something beside the key. */
  note?(notes: readonly string[]): Promise<unknown>;
  /** Whether this is still the key of its name. */
  isCurrent?(): Promise<boolean>;
}

/** A pair as it is stored: the id tells it from another one without a look at its bytes, which nobody gets. */
interface StoredPair extends CryptoKeyPair {
  readonly id?: string;
}

/** How long IndexedDB may take: a browser that hangs at its opening must not keep the page from starting. */
const patienceSeconds = 3;

// Opened for one transaction: a connection that is kept, as idb-keyval's stores keep theirs, goes stale unseen, and blocks
// whoever wants to delete the database.
async function transact<Result>(use: (store: IDBObjectStore) => Promise<Result>): Promise<Result> {
  const opening = indexedDB.open('keybound');
  opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
  const database = await promisifyRequest(opening);
  const store = database.transaction('keys', 'readwrite').objectStore('keys');
  database.close(); // waits for the transaction
  return use(store);
}

// What is late is still done: it is what was asked for.
function inTime<Result>(work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new DOMException('IndexedDB', 'TimeoutError')), patienceSeconds * 1000);
    work.then(resolve, reject).finally(() => clearTimeout(late));
  });
}

/**
 * Restores the key of a name, or makes one: whoever races for a name, in this tab or another, gets the same key.
 *
 * IndexedDB counts as working when a key came back out of it and signed. A stored key that could be exported, that is of
 * an algorithm that is not asked for, or that does not sign for its public key, is replaced, never used.
 */
export async function loadKey(name: string, algorithms: readonly HeaderAlgorithm[]): Promise<LoadedKey> {
  const read = (store: IDBObjectStore) => promisifyRequest<StoredPair | undefined>(store.get(name));
  const inStore = <Result>(use: (store: IDBObjectStore) => Promise<Result>) => inTime(transact(use));
  let candidate: StoredPair | undefined;
  // Puts the candidate in the place of what was found there, and tells what is there now: a rival may have been quicker.
  const replace = (found?: StoredPair) =>
    inStore(async (store) => {
      const there = await read(store);
      if (there?.id !== found?.id) return there;
      store.put(candidate, name);
      const pair = await read(store);
      await promisifyRequest(store.transaction);
      return pair;
    });
  try {
    let keyState: LoadedKey['keyState'] = 'restored';
    let [pair, notes] = await inStore((store) => Promise.all([read(store), promisifyRequest<string[] | undefined>(store.get([name]))]));
    for (let tries = 0; !(await isSound(algorithms, pair)); tries++) {
      if (tries > 2) throw new DOMException('IndexedDB keeps no keys', 'DataCloneError');
      candidate ??= { ...(await generateKey(algorithms)), id: crypto.randomUUID() };
      const found = pair;
      pair = await replace(found);
      keyState = pair?.id !== candidate.id ? 'restored' : found ? 'replaced' : 'created';
    }
    const { id } = pair!;
    const reset = () => inStore((store) => (store.delete([name]), promisifyRequest(store.delete(name).transaction!)));
    return {
      signer: { ...(await keySigner(pair!, algorithms)), reset },
      persistence: 'indexeddb',
      keyState,
      notes,
      note: (value) => inStore((store) => promisifyRequest(store.put(value, [name]))),
      isCurrent: () => inStore(async (store) => (await read(store))?.id === id),
    };
  } catch (cause) {
    const signer = await keySigner(candidate ?? (await generateKey(algorithms)), algorithms);
    return { signer, persistence: 'memory', keyState: 'created', cause };
  }
}
