import { OAuthSession, WebcryptoKey } from '@atproto/oauth-client-browser';
import { base64url, calculateJwkThumbprint } from 'jose';

const createKey = (alg) =>
  WebcryptoKey.generate([alg], undefined, { extractable: false }).catch((cause) => {
    throw new Error(`makes no ${alg} key of what browsers export`, { cause });
  });

/** Its wrapper is not exported, but the session that is made of it is: this is one as a login would have left it. */
function createSession({ key, alg, accessToken, aud, fetch, nonces = new Map() }) {
  const sha256 = async (text) => base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
  const server = {
    dpopKey: key,
    serverMetadata: { issuer: 'https://login.example.com', dpop_signing_alg_values_supported: [alg] },
    runtime: { sha256 },
    dpopNonces: { get: (origin) => nonces.get(origin), set: (origin, nonce) => void nonces.set(origin, nonce) },
  };
  const session = { tokenSet: { aud, token_type: 'DPoP', access_token: accessToken } };
  return new OAuthSession(server, 'did:example:alice', { getSession: async () => session }, fetch);
}

/** Proofs come out of its requests alone. */
export async function prover({ alg, request: { url, accessToken, nonce } }) {
  const answer = new Response('', { headers: { 'DPoP-Nonce': nonce } });
  let proof;
  const fetch = async ({ headers }) => {
    proof = headers.get('DPoP');
    return answer;
  };
  const { origin } = new URL(url);
  const session = createSession({ key: await createKey(alg), alg, accessToken, aud: origin, fetch, nonces: new Map([[origin, nonce]]) });
  return async (request) => {
    await session.fetchHandler(new URL(request.url).pathname, { method: request.method });
    return proof;
  };
}

export async function open({ alg, fetch }) {
  const key = await createKey(alg);
  const protect = ({ origin, accessToken }) => {
    const session = createSession({ key, alg, accessToken, aud: origin, fetch });
    return (url, init) => session.fetchHandler(new URL(url).pathname, init);
  };
  return { jkt: await calculateJwkThumbprint(key.bareJwk), protect };
}
