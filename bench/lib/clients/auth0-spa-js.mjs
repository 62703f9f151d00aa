// auth0-spa-js with its own fetcher. It hands out its key by way of a proof alone, so that is where jkt is read.
import { Auth0Client } from '@auth0/auth0-spa-js';
import { calculateJwkThumbprint, decodeProtectedHeader } from 'jose';

export async function open(name) {
  const client = new Auth0Client({ domain: 'login.example.com', clientId: name, useDpop: true, cacheLocation: 'localstorage' });
  const proof = await client.generateDpopProof({ url: location.origin, method: 'GET', accessToken: 'none' });
  const protect = ({ accessToken }) => {
    const fetcher = client.createFetcher({ dpopNonceId: name, getAccessToken: async () => accessToken });
    return (url, init) => fetcher.fetchWithAuth(url, init);
  };
  return { jkt: await calculateJwkThumbprint(decodeProtectedHeader(proof).jwk), protect };
}
