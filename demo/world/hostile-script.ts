/** What script that got into Alice's page could do to her key: find the handle, try to take the key out of it, use it. */

import type { Attempt } from '../exchange.ts';

/** The key pair that Keybound keeps, straight out of IndexedDB, past the library. */
export async function takeHandle(name: string): Promise<CryptoKeyPair | undefined> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open('keybound');
    opening.addEventListener('success', () => resolve(opening.result));
    opening.addEventListener('error', () => reject(opening.error ?? new Error('IndexedDB did not open')));
  });
  try {
    return await new Promise((resolve, reject) => {
      const reading: IDBRequest<CryptoKeyPair | undefined> = database.transaction('keys').objectStore('keys').get(name);
      reading.addEventListener('success', () => resolve(reading.result));
      reading.addEventListener('error', () => reject(reading.error ?? new Error('IndexedDB did not answer')));
    });
  } finally {
    database.close();
  }
}

/** Every way that WebCrypto has of getting a private key out, and what JSON makes of it. */
export async function tryToExport({ privateKey }: CryptoKeyPair): Promise<Attempt[]> {
  const wrapping = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['wrapKey']);
  const wrap = () => crypto.subtle.wrapKey('pkcs8', privateKey, wrapping, { name: 'AES-GCM', iv: new Uint8Array(12) });
  return [
    await attempt("crypto.subtle.exportKey('pkcs8', privateKey)", () => crypto.subtle.exportKey('pkcs8', privateKey)),
    await attempt("crypto.subtle.exportKey('jwk', privateKey)", () => crypto.subtle.exportKey('jwk', privateKey)),
    await attempt("crypto.subtle.wrapKey('pkcs8', privateKey, …)", wrap),
  ];
}

/** What no browser can refuse: a page may use its own key. */
export async function tryToSign({ privateKey }: CryptoKeyPair): Promise<Attempt> {
  const algorithm = privateKey.algorithm.name === 'ECDSA' ? { name: 'ECDSA', hash: 'SHA-256' } : privateKey.algorithm;
  const { outcome, refused, ...rest } = await attempt('crypto.subtle.sign(…, privateKey, bytes)', () =>
    crypto.subtle.sign(algorithm, privateKey, new Uint8Array(8)),
  );
  return { ...rest, refused, outcome: refused ? outcome : 'Works. Script in the page can sign, and post the handle to a page of another origin, which can keep it.' };
}

async function attempt(call: string, act: () => Promise<unknown>): Promise<Attempt> {
  try {
    await act();
    return { call, refused: false, outcome: 'The browser gave it.' };
  } catch (error) {
    const { name } = error as Error;
    return { call, refused: true, code: name, outcome: `Refused: ${name}` };
  }
}
