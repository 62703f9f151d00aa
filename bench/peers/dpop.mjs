import * as DPoP from 'dpop';
import { get, set } from 'idb-keyval';

const proverOf = (keys) => ({ method, url, accessToken, nonce }) => DPoP.generateProof(keys, url, method, nonce, accessToken);

async function keptKeys(name, alg) {
  let keys = await get(name);
  if (!keys) await set(name, (keys = await DPoP.generateKeyPair(alg)));
  return keys;
}

export async function prover({ alg }) {
  return proverOf(await DPoP.generateKeyPair(alg));
}

export async function restore({ alg }) {
  return proverOf(await keptKeys('dpop', alg));
}

/** The glue that it leaves to its users: a key that is kept, headers, the nonce of each origin, and one retry. */
export async function open({ alg, name, fetch }) {
  const keys = await keptKeys(name, alg);
  const nonces = new Map();
  const protect = ({ accessToken }) => async (input, init) => {
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
  return { jkt: await DPoP.calculateThumbprint(keys.publicKey), protect };
}
