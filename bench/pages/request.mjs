// The request that proofs are for: a token of 900 bytes, and a nonce.
import { EmbeddedJWK, jwtVerify } from 'jose';

export const url = 'https://api.example.com/orders/42';
export const nonce = 'nonce-of-the-bench-server';

const TOKEN_BYTES = 900;
const END_OF_TIME = 4_102_444_800; // 2100, so that nothing renews it
const encode = (text) => btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

/** A JWT of that size, bound to a key where it is named. No client can tell that nobody signed it. */
export function tokenFor(jkt = 'thumbprint-of-a-key-thumbprint-of-a-key-thu') {
  const head = encode(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'one' }));
  const claims = { iss: 'https://login.example.com', sub: 'alice', aud: 'https://api.example.com', iat: 1_800_000_000, exp: END_OF_TIME, cnf: { jkt } };
  const room = TOKEN_BYTES - head.length - 88; // two dots and a signature of 86 characters
  const bare = JSON.stringify({ ...claims, note: '' }).length;
  const payload = encode(JSON.stringify({ ...claims, note: 'n'.repeat(Math.floor((room * 3) / 4) - bare) }));
  return `${head}.${payload}.${'s'.repeat(86)}`;
}

export const accessToken = tokenFor();

/** What every prover is asked. */
export const request = { method: 'GET', url, accessToken, nonce };

/** @throws where a proof is not one for the request, by a key of the algorithm */
export async function checkProof(proof, alg) {
  const algorithms = alg === 'ES256' ? ['ES256'] : ['Ed25519', 'EdDSA'];
  const { payload } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', algorithms, maxTokenAge: 60 });
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(accessToken));
  const expected = { htm: 'GET', htu: url, nonce, ath: encode(String.fromCharCode(...new Uint8Array(hash))) };
  for (const [claim, value] of Object.entries(expected)) {
    if (payload[claim] !== value) throw new Error(`${claim} is ${payload[claim]}, not ${value}`);
  }
}
