import * as DPoP from 'dpop';
import { get, set } from 'idb-keyval';
import { glue } from './glue.mjs';

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

/** What it leaves to its users: a key that is kept, and the glue. */
export async function open({ alg, name, fetch }) {
  const keys = await keptKeys(name, alg);
  const protect = glue(proverOf(keys), fetch);
  return { jkt: await DPoP.calculateThumbprint(keys.publicKey), protect };
}
