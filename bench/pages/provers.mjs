// Those who make proofs, each set up as its own documentation says.
import * as atproto from '../peers/atproto.mjs';
import * as auth0 from '../peers/auth0-spa-js.mjs';
import * as dpop from '../peers/dpop.mjs';
import * as jose from '../peers/jose.mjs';
import * as keybound from '../peers/keybound.mjs';
import * as oauth4webapi from '../peers/oauth4webapi.mjs';
import * as oidc from '../peers/oidc-client-ts.mjs';
import { checkProof, request } from './request.mjs';

const PROVERS = {
  'keybound, createProof': keybound.prover,
  'keybound, createProof, another URL each time': keybound.travellingProver,
  'keybound, proof() of a stored key': keybound.restore,
  dpop: dpop.prover,
  'jose by hand': jose.prover,
  'oauth4webapi, over a stubbed fetch': oauth4webapi.prover,
  'atproto OAuthSession, over a stubbed fetch': atproto.prover,
  'auth0-spa-js, generateDpopProof': auth0.restore,
  'oidc-client-ts, IndexedDB store': oidc.restore,
};

/** Those that can do the algorithm, each of which has given a proof that verifies; and why the others cannot. */
export async function provers(alg) {
  const able = {};
  const absent = {};
  for (const [name, create] of Object.entries(PROVERS)) {
    try {
      const prove = await create({ alg, request });
      await checkProof(await prove(request), alg);
      able[name] = () => prove(request);
    } catch (error) {
      if (name.startsWith('keybound')) throw error;
      absent[name] = error.message;
    }
  }
  return { able, absent };
}
