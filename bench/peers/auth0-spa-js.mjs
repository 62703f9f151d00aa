import { Auth0Client } from '@auth0/auth0-spa-js';

function createClient(alg) {
  if (alg !== 'ES256') throw new Error('ES256 alone');
  return new Auth0Client({ domain: 'login.example.com', clientId: 'shop', useDpop: true });
}

/** It keeps its key in IndexedDB, and knows no other way. */
export async function restore({ alg }) {
  const client = createClient(alg);
  return (request) => client.generateDpopProof(request);
}

export async function protector({ alg, accessToken, fetch }) {
  const fetcher = createClient(alg).createFetcher({ dpopNonceId: 'api', getAccessToken: async () => accessToken, fetch });
  return (input, init) => fetcher.fetchWithAuth(input, init);
}
