// The signature alone, of as many bytes as a proof's: what nobody can be faster than.
import { createProof, createSigner } from '../../dist/index.js';

export const PARAMETERS = { Ed25519: { name: 'Ed25519' }, ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } };

export const generateKeyPair = (alg) => crypto.subtle.generateKey(PARAMETERS[alg], false, ['sign', 'verify']);

/** Signs what a proof for that request would sign. */
export async function signatory({ alg, request }) {
  const proof = await createProof(await createSigner({ algorithms: [alg] }), request);
  const bytes = new TextEncoder().encode(proof.slice(0, proof.lastIndexOf('.')));
  const { privateKey } = await generateKeyPair(alg);
  return () => crypto.subtle.sign(PARAMETERS[alg], privateKey, bytes);
}

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** The least that a page can do after a reload: one open, one get, one signature. */
export async function restore({ alg }) {
  const opening = indexedDB.open('raw');
  opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
  const database = await done(opening);
  let pair = await done(database.transaction('keys').objectStore('keys').get('pair'));
  if (!pair) {
    pair = await generateKeyPair(alg);
    await done(database.transaction('keys', 'readwrite').objectStore('keys').put(pair, 'pair'));
  }
  const bytes = new Uint8Array(400);
  return () => crypto.subtle.sign(PARAMETERS[alg], pair.privateKey, bytes);
}
