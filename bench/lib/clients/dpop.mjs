// dpop makes proofs. A key that is kept, the newest nonce of each server and one retry are what its user writes.
import { calculateThumbprint, generateKeyPair, generateProof } from 'dpop';
import { get, set } from 'idb-keyval';

export async function open(name) {
  let keys = await get(name);
  if (!keys) await set(name, (keys = await generateKeyPair('ES256', { extractable: false })));
  const nonces = new Map();

  const protect = ({ accessToken }) => async (input, init) => {
    const url = new URL(input);
    const method = init?.method ?? 'GET';
    const send = async () => {
      const headers = new Headers(init?.headers);
      headers.set('Authorization', `DPoP ${accessToken}`);
      headers.set('DPoP', await generateProof(keys, url.origin + url.pathname, method, nonces.get(url.origin), accessToken));
      const response = await fetch(url, { ...init, headers });
      const nonce = response.headers.get('DPoP-Nonce');
      if (nonce) nonces.set(url.origin, nonce);
      return response;
    };
    const response = await send();
    const isChallenge = response.status === 401 && response.headers.get('WWW-Authenticate')?.includes('use_dpop_nonce');
    return isChallenge ? send() : response;
  };
  return { jkt: await calculateThumbprint(keys.publicKey), protect };
}
