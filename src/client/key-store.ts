/** Where the key pair's handle is kept: IndexedDB, one entry a name; memory where that fails. */

import { promisifyRequest } from 'idb-keyval';
import { generateKey, headerAlgorithm, keySigner, type HeaderAlgorithm } from './key.ts';
import type { Signer } from './signer.ts';

/** A key that is ready to sign, where it lives, and how it came to be. */
export interface LoadedKey {
  readonly signer: Signer;
  readonly persistence: 'indexeddb' | 'memory';
  readonly keyState: 'created' | 'restored' | 'replaced';
}

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

/**
 * Restores the key of a name, or makes one: whoever races for a name, in this tab or another, gets the same key.
 *
 * IndexedDB counts as working when a key came back out of it and signed. A stored key of an algorithm that is not
 * asked for, or that could be exported, is replaced, never used.
 */
export async function loadKey(name: string, algorithms: readonly HeaderAlgorithm[]): Promise<LoadedKey> {
  const suits = (pair?: CryptoKeyPair) => pair?.privateKey?.extractable === false && headerAlgorithm(algorithms, pair);
  let candidate: CryptoKeyPair | undefined;
  let keyState: LoadedKey['keyState'] = 'restored';
  // One transaction: what is there, once the candidate stands in for a pair that does not suit.
  const exchange = () =>
    transact(async (store) => {
      const read = () => promisifyRequest<CryptoKeyPair | undefined>(store.get(name));
      const old = await read();
      if (suits(old) || !candidate) return old;
      store.put(candidate, name);
      const pair = await read();
      await promisifyRequest(store.transaction);
      keyState = old ? 'replaced' : 'created';
      return pair;
    });
  try {
    let pair = await exchange();
    if (!suits(pair)) {
      candidate = await generateKey(algorithms);
      pair = await exchange();
    }
    const signer = await keySigner(pair!, algorithms);
    await signer.proof({ htm: '', htu: '' });
    const reset = () => transact((store) => promisifyRequest(store.delete(name).transaction!));
    return { signer: { ...signer, reset }, persistence: 'indexeddb', keyState };
  } catch {
    const signer = await keySigner(candidate ?? (await generateKey(algorithms)), algorithms);
    return { signer, persistence: 'memory', keyState: 'created' };
  }
}
