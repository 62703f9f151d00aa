import { Auth0Client } from '@auth0/auth0-spa-js';
import { calculateJwkThumbprint, decodeProtectedHeader } from 'jose';

function createClient(alg, name = 'shop') {
  if (alg !== 'ES256') throw new Error('ES256 alone');
  return new Auth0Client({ domain: 'login.example.com', clientId: name, useDpop: true });
}

/** It keeps its key in IndexedDB, and knows no other way. */
export async function restore({ alg }) {
  const client = createClient(alg);
  return (request) => client.generateDpopProof(request);
}

/** It shows its key in a proof alone. */
export async function open({ alg, name, fetch }) {
  const client = createClient(alg, name);
  const proof = await client.generateDpopProof({ url: location.origin, method: 'GET', accessToken: 'none' });
  const protect = ({ accessToken }) => {
    const fetcher = client.createFetcher({ dpopNonceId: name, getAccessToken: async () => accessToken, fetch });
    return (input, init) => fetcher.fetchWithAuth(input, init);
  };
  return { jkt: await calculateJwkThumbprint(decodeProtectedHeader(proof).jwk), protect };
}
