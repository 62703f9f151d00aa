import { base64url, exportJWK, generateKeyPair, SignJWT } from 'jose';

/** What somebody writes with jose, the public key exported once. */
export async function prover({ alg }) {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  const { kty, crv, x, y } = await exportJWK(publicKey);
  const header = { typ: 'dpop+jwt', alg, jwk: { kty, crv, x, y } };
  return async ({ method, url, accessToken, nonce }) => {
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(accessToken));
    const claims = { htm: method, htu: url, nonce, ath: base64url.encode(new Uint8Array(hash)) };
    return new SignJWT(claims).setProtectedHeader(header).setJti(crypto.randomUUID()).setIssuedAt().sign(privateKey);
  };
}
