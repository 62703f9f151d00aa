// What somebody writes with jose, the public key exported once.
import { get, set } from 'idb-keyval';
import { base64url, calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';

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
  const prove = await proverOf(keys, alg);
  const nonces = new Map();
  const protect = ({ accessToken }) => async (input, init) => {
    const request = new Request(input, init);
    const { origin, pathname } = new URL(request.url);
    const attempt = async () => {
      const copy = request.clone();
      copy.headers.set('Authorization', `DPoP ${accessToken}`);
      copy.headers.set('DPoP', await prove({ method: request.method, url: origin + pathname, accessToken, nonce: nonces.get(origin) }));
      const response = await fetch(copy);
      const nonce = response.headers.get('DPoP-Nonce');
      if (nonce) nonces.set(origin, nonce);
      return response;
    };
    const response = await attempt();
    const isChallenge = response.status === 401 && response.headers.get('WWW-Authenticate')?.includes('use_dpop_nonce');
    return isChallenge ? attempt() : response;
  };
  return { jkt: await calculateJwkThumbprint(await exportJWK(keys.publicKey)), protect };
}
