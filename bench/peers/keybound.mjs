import { createKeybound, createProof, createSigner } from '../../dist/index.js';

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

export async function open({ alg, name, fetch }) {
  const keybound = await createKeybound({ name, algorithms: [alg], fetch });
  const protect = ({ origin, accessToken }) => keybound.protect({ origins: [origin], accessToken: () => accessToken });
  return { jkt: keybound.jkt, protect };
}
