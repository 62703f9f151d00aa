import { get, set } from 'idb-keyval';
import * as oauth from 'oauth4webapi';

/** The handle makes proofs inside of requests alone: over a fetch that gives back what it was asked. */
export async function prover({ alg, request }) {
  const DPoP = oauth.DPoP({ client_id: 'shop' }, await oauth.generateKeyPair(alg));
  const answer = new Response('', { headers: { 'DPoP-Nonce': request.nonce } });
  let proof;
  const stub = async (_url, { headers }) => {
    proof = headers.dpop;
    return answer;
  };
  const options = { DPoP, [oauth.customFetch]: stub };
  const prove = async ({ method, url, accessToken }) => {
    await oauth.protectedResourceRequest(accessToken, method, new URL(url), undefined, undefined, options);
    return proof;
  };
  await prove(request); // brings the nonce
  return prove;
}

/** It keeps the nonces; a key that is kept, and the retry after a challenge, are its user's. */
export async function open({ alg, name, fetch }) {
  let keys = await get(name);
  if (!keys) await set(name, (keys = await oauth.generateKeyPair(alg)));
  const DPoP = oauth.DPoP({ client_id: 'shop' }, keys);
  const options = { DPoP, [oauth.customFetch]: fetch, [oauth.allowInsecureRequests]: true };
  const protect = ({ accessToken }) => async (url, { method = 'GET', headers, body } = {}) => {
    const send = () => oauth.protectedResourceRequest(accessToken, method, new URL(url), new Headers(headers), body, options);
    return send().catch((error) => (oauth.isDPoPNonceError(error) ? send() : Promise.reject(error)));
  };
  return { jkt: await DPoP.calculateThumbprint(), protect };
}
