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

export async function protector({ alg, accessToken, fetch }) {
  const DPoP = oauth.DPoP({ client_id: 'shop' }, await oauth.generateKeyPair(alg));
  const options = { DPoP, [oauth.customFetch]: fetch, [oauth.allowInsecureRequests]: true };
  const send = (url) => oauth.protectedResourceRequest(accessToken, 'GET', new URL(url), undefined, undefined, options);
  // The retry after the first challenge is the caller's.
  return (url) => send(url).catch((error) => (oauth.isDPoPNonceError(error) ? send(url) : Promise.reject(error)));
}
