import { createKeybound, createProof, createSigner } from '../../dist/index.js';

/** A key in memory. */
export async function prover({ alg }) {
  const signer = await createSigner({ algorithms: [alg] });
  return (request) => createProof(signer, request);
}

/** Likewise, but what is the same in successive proofs for one URL gains nothing: each is for another one. */
export async function travellingProver({ alg }) {
  const signer = await createSigner({ algorithms: [alg] });
  let count = 0;
  // The first one is looked at, and must be for the URL that was asked for.
  return ({ url, ...request }) => createProof(signer, { ...request, url: count++ ? `${url}/${count}` : url });
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
