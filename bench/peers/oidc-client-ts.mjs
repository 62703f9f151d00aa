import { DPoPState, IndexedDbDPoPStore, UserManager } from 'oidc-client-ts';
import { generateKeyPair } from './raw.mjs';

/** `dpopProof` of its UserManager, with its own store: the key as a login would have left it there. */
export async function restore({ alg }) {
  if (alg !== 'ES256') throw new Error('ES256 alone');
  const store = new IndexedDbDPoPStore();
  const settings = { authority: 'https://login.example.com', client_id: 'shop', redirect_uri: location.origin, dpop: { store } };
  const manager = new UserManager(settings);
  if (!(await store.get('shop'))) await store.set('shop', new DPoPState(await generateKeyPair(alg)));
  return ({ url, accessToken, method, nonce }) => manager.dpopProof(url, { access_token: accessToken }, method, nonce);
}
