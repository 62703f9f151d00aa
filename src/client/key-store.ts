/** Where the key pair's handle is kept: IndexedDB, one entry a name; memory where that fails. */

import { createStore, del, get, update, type UseStore } from 'idb-keyval';
import { algorithmOf, generateKey, keySigner } from './key.ts';
import type { Signer } from './signer.ts';

/** A key that is ready to sign, where it lives, and how it came to be. */
export interface LoadedKey {
  readonly signer: Signer;
  readonly persistence: 'indexeddb' | 'memory';
  readonly keyState: 'created' | 'restored' | 'replaced';
}

let keys: UseStore | undefined;

function store(): UseStore {
  return (keys ??= createStore('keybound', 'keys'));
}

/**
 * Restores the key of a name, or makes one: whoever races for a name, in this tab or another, gets the same key.
 *
 * IndexedDB counts as working when a key came back out of it and signed. A stored key of an algorithm that is not
 * asked for, or that could be exported, is replaced, never used.
 */
export async function loadKey(name: string, algorithms: readonly Signer['alg'][], eddsa: boolean): Promise<LoadedKey> {
  const suits = (pair: CryptoKeyPair | undefined): boolean =>
    pair?.privateKey?.extractable === false && algorithms.includes(algorithmOf(pair));
  let candidate: CryptoKeyPair | undefined;
  try {
    let keyState: LoadedKey['keyState'] = 'restored';
    let pair = await get<CryptoKeyPair>(name, store());
    if (!suits(pair)) {
      const made = (candidate = await generateKey(algorithms));
      await update<CryptoKeyPair>(
        name,
        (old) => {
          if (old && suits(old)) return old;
          keyState = old ? 'replaced' : 'created';
          return made;
        },
        store(),
      );
      pair = await get<CryptoKeyPair>(name, store());
    }
    const signer = await keySigner(pair!, eddsa);
    await signer.proof({ htm: 'GET', htu: 'about:blank' });
    return { signer: { ...signer, reset: () => del(name, store()) }, persistence: 'indexeddb', keyState };
  } catch {
    const signer = await keySigner(candidate ?? (await generateKey(algorithms)), eddsa);
    return { signer, persistence: 'memory', keyState: 'created' };
  }
}
