/** Where the key pair's handle is kept: IndexedDB, one entry a name; memory where that fails. */

import { createStore, promisifyRequest, type UseStore } from 'idb-keyval';
import { generateKey, headerAlgorithm, keySigner, type HeaderAlgorithm } from './key.ts';
import type { Signer } from './signer.ts';

/** A key that is ready to sign, where it lives, and how it came to be. */
export interface LoadedKey {
  readonly signer: Signer;
  readonly persistence: 'indexeddb' | 'memory';
  readonly keyState: 'created' | 'restored' | 'replaced';
}

let keys: UseStore | undefined;

type Suits = (pair?: CryptoKeyPair) => boolean;

// One transaction: what was there, and what is there now that `candidate` stands in for a pair that does not suit.
function exchange(name: string, suits: Suits, candidate?: CryptoKeyPair): Promise<[old: CryptoKeyPair | undefined, pair: CryptoKeyPair | undefined]> {
  keys ??= createStore('keybound', 'keys');
  return keys(candidate ? 'readwrite' : 'readonly', async (store) => {
    const read = () => promisifyRequest<CryptoKeyPair | undefined>(store.get(name));
    const old = await read();
    if (suits(old) || !candidate) return [old, old];
    store.put(candidate, name);
    const pair = await read();
    await promisifyRequest(store.transaction);
    return [old, pair];
  });
}

function remove(name: string): Promise<void> {
  return keys!('readwrite', (store) => promisifyRequest(store.delete(name).transaction!));
}

/**
 * Restores the key of a name, or makes one: whoever races for a name, in this tab or another, gets the same key.
 *
 * IndexedDB counts as working when a key came back out of it and signed. A stored key of an algorithm that is not
 * asked for, or that could be exported, is replaced, never used.
 */
export async function loadKey(name: string, algorithms: readonly HeaderAlgorithm[]): Promise<LoadedKey> {
  const suits: Suits = (pair) => pair?.privateKey?.extractable === false && !!headerAlgorithm(algorithms, pair);
  let candidate: CryptoKeyPair | undefined;
  try {
    let [old, pair] = await exchange(name, suits);
    if (!suits(pair)) [old, pair] = await exchange(name, suits, (candidate = await generateKey(algorithms)));
    const signer = await keySigner(pair!, algorithms);
    await signer.proof({ htm: '', htu: '' });
    return {
      signer: { ...signer, reset: () => remove(name) },
      persistence: 'indexeddb',
      keyState: suits(old) ? 'restored' : old ? 'replaced' : 'created',
    };
  } catch {
    const signer = await keySigner(candidate ?? (await generateKey(algorithms)), algorithms);
    return { signer, persistence: 'memory', keyState: 'created' };
  }
}
