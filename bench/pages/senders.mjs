// Those who send protected requests, each set up as its own documentation says.
import * as atproto from '../peers/atproto.mjs';
import * as auth0 from '../peers/auth0-spa-js.mjs';
import * as dpop from '../peers/dpop.mjs';
import * as keybound from '../peers/keybound.mjs';
import * as oauth4webapi from '../peers/oauth4webapi.mjs';
import { nonce, tokenFor } from './request.mjs';

const SENDERS = {
  'keybound, protect': keybound,
  'dpop with glue': dpop,
  'oauth4webapi, protectedResourceRequest': oauth4webapi,
  'atproto OAuthSession': atproto,
  'auth0-spa-js, createFetcher': auth0,
};

const { origin } = location;
export const api = `${origin}/api/orders`;
const checkedApi = `${origin}/api/checked`;

/** The network: a real one; or none at all, where only what the wrapper does itself is left. */
export const NETWORKS = {
  real: {
    fetch: (input, init) => fetch(input, init),
    // Calls timed together: the clock's steps are small beside one.
    together: 1,
    read: (response) => response.text(),
  },
  stubbed: {
    fetch: async () => new Response('{}', { headers: { 'DPoP-Nonce': nonce } }),
    together: 10,
    read() {},
  },
};

/** A fetch that goes to the stub, once what it sends has been found right by the real server. */
function switchable(network) {
  let now = NETWORKS.real.fetch;
  return { fetch: (input, init) => now(input, init), settle: () => (now = network.fetch) };
}

/** Those that can do the algorithm, each of which has sent a request that was found right; and why the others cannot. */
export async function senders(alg, network) {
  const able = {};
  const absent = {};
  for (const [name, peer] of Object.entries(SENDERS)) {
    try {
      const { fetch, settle } = switchable(network);
      const { jkt, protect } = await peer.open({ alg, name: `senders-${name}-${alg}`, fetch });
      const send = protect({ origin, accessToken: tokenFor(jkt) });
      const { status, headers } = await send(checkedApi);
      if (status !== 200) throw new Error(`${status} ${headers.get('WWW-Authenticate')}`);
      settle();
      able[name] = () => send(api);
    } catch (error) {
      if (name.startsWith('keybound')) throw error;
      absent[name] = error.message;
    }
  }
  return { able, absent };
}
