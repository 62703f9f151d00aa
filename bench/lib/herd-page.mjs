// What runs in the page: so many requests at once, by one client or another, each with a key of its own.
import * as atproto from './clients/atproto.mjs';
import * as auth0 from './clients/auth0-spa-js.mjs';
import * as dpop from './clients/dpop.mjs';
import * as keybound from './clients/keybound.mjs';
import * as oauth4webapi from './clients/oauth4webapi.mjs';

const CLIENTS = { keybound, 'dpop + glue': dpop, oauth4webapi, 'auth0-spa-js createFetcher': auth0, "atproto's fetch": atproto };

let opened;

globalThis.herd = {
  names: () => Object.keys(CLIENTS),

  /** Opens a client with a new key, and says its thumbprint. */
  async open(name) {
    opened = await CLIENTS[name].open(crypto.randomUUID());
    return opened.jkt;
  },

  /** Each request has a URL of its own: for one URL, a browser's cache would let the second wait for the first. */
  async send({ origin, accessToken }, count) {
    const fetch = opened.protect({ origin, accessToken });
    const start = performance.now();
    const outcomes = await Promise.allSettled(Array.from({ length: count }, (_, index) => fetch(`${origin}/orders/${index}`)));
    const succeeded = outcomes.filter(({ value }) => value?.status === 200).length;
    return { succeeded, milliseconds: performance.now() - start };
  },
};
