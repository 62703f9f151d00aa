import * as DPoP from 'dpop';
import { get, set } from 'idb-keyval';

const proverOf = (keys) => ({ method, url, accessToken, nonce }) => DPoP.generateProof(keys, url, method, nonce, accessToken);

export async function prover({ alg }) {
  return proverOf(await DPoP.generateKeyPair(alg));
}

export async function restore({ alg }) {
  let keys = await get('dpop');
  if (!keys) await set('dpop', (keys = await DPoP.generateKeyPair(alg)));
  return proverOf(keys);
}

/** The glue that it leaves to its users: headers, the nonce of each origin, and one retry. */
export async function protector({ alg, accessToken, fetch }) {
  const keys = await DPoP.generateKeyPair(alg);
  const nonces = new Map();
  return async function protectedFetch(input, init) {
    const request = new Request(input, init);
    const { origin, pathname } = new URL(request.url);
    const attempt = async () => {
      const proof = await DPoP.generateProof(keys, origin + pathname, request.method, nonces.get(origin), accessToken);
      const copy = request.clone();
      copy.headers.set('Authorization', `DPoP ${accessToken}`);
      copy.headers.set('DPoP', proof);
      const response = await fetch(copy);
      const nonce = response.headers.get('DPoP-Nonce');
      if (nonce) nonces.set(origin, nonce);
      return response;
    };
    const response = await attempt();
    const isChallenge = response.status === 401 && response.headers.get('WWW-Authenticate')?.includes('use_dpop_nonce');
    return isChallenge ? attempt() : response;
  };
}
