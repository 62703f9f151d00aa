// What somebody writes with jose, the public key exported once.
import { get, set } from 'idb-keyval';
import { base64url, calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { glue } from './glue.mjs';

async function proverOf({ privateKey, publicKey }, alg) {
  const { kty, crv, x, y } = await exportJWK(publicKey);
  const header = { typ: 'dpop+jwt', alg, jwk: { kty, crv, x, y } };
  return async ({ method, url, accessToken, nonce }) => {
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(accessToken));
    const claims = { htm: method, htu: url, nonce, ath: base64url.encode(new Uint8Array(hash)) };
    return new SignJWT(claims).setProtectedHeader(header).setJti(crypto.randomUUID()).setIssuedAt().sign(privateKey);
  };
}

export async function prover({ alg }) {
  return proverOf(await generateKeyPair(alg), alg);
}

/** With a key that is kept, headers, the nonce of each origin, and one retry. Measured by its bytes alone. */
export async function open({ alg, name, fetch }) {
  let keys = await get(name);
  if (!keys) await set(name, (keys = await generateKeyPair(alg)));
  const protect = glue(await proverOf(keys, alg), fetch);
  return { jkt: await calculateJwkThumbprint(await exportJWK(keys.publicKey)), protect };
}
