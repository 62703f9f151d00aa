// jose signs; the rest is what its user writes.
import { get, set } from 'idb-keyval';
import { SignJWT, base64url, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';

export async function open(name) {
  let keys = await get(name);
  if (!keys) await set(name, (keys = await generateKeyPair('ES256', { extractable: false })));
  const jwk = await exportJWK(keys.publicKey);
  const nonces = new Map();

  const protect = ({ accessToken }) => async (input, init) => {
    const url = new URL(input);
    const htm = init?.method ?? 'GET';
    const send = async () => {
      const ath = base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(accessToken))));
      const claims = { jti: crypto.randomUUID(), htm, htu: url.origin + url.pathname, ath, nonce: nonces.get(url.origin) };
      const proof = await new SignJWT(claims).setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk }).setIssuedAt().sign(keys.privateKey);
      const headers = new Headers(init?.headers);
      headers.set('Authorization', `DPoP ${accessToken}`);
      headers.set('DPoP', proof);
      const response = await fetch(url, { ...init, headers });
      const nonce = response.headers.get('DPoP-Nonce');
      if (nonce) nonces.set(url.origin, nonce);
      return response;
    };
    const response = await send();
    const isChallenge = response.status === 401 && response.headers.get('WWW-Authenticate')?.includes('use_dpop_nonce');
    return isChallenge ? send() : response;
  };
  return { jkt: await calculateJwkThumbprint(jwk), protect };
}
