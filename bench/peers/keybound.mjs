import { createKeybound, createProof, createSigner } from '../../dist/index.js';
import { tokenFor } from '../pages/request.mjs';

/** A key in memory. */
export async function prover({ alg }) {
  const signer = await createSigner({ algorithms: [alg] });
  return (request) => createProof(signer, request);
}

/** A key that IndexedDB keeps. */
export async function restore({ alg }) {
  const { proof, persistence } = await createKeybound({ name: `proofs-${alg}`, algorithms: [alg] });
  if (persistence !== 'indexeddb') throw new Error('The key is in memory');
  return proof;
}

export async function protector({ alg, fetch, name = 'fetch' }) {
  const { protect, jkt } = await createKeybound({ name: `${name}-${alg}`, algorithms: [alg], fetch });
  const accessToken = tokenFor(jkt);
  return protect({ origins: [location.origin], accessToken: () => accessToken });
}
