// So many requests at once, by one client or another, each with a key of its own.
import * as atproto from '../peers/atproto.mjs';
import * as auth0 from '../peers/auth0-spa-js.mjs';
import * as dpop from '../peers/dpop.mjs';
import * as keybound from '../peers/keybound.mjs';
import * as oauth4webapi from '../peers/oauth4webapi.mjs';

const CLIENTS = { keybound, 'dpop + glue': dpop, oauth4webapi, 'auth0-spa-js createFetcher': auth0, "atproto's fetch": atproto };

let opened;

globalThis.herd = {
  names: () => Object.keys(CLIENTS),

  /** Opens a client with a new key, and says its thumbprint. */
  async open(name) {
    opened = await CLIENTS[name].open({ alg: 'ES256', name: crypto.randomUUID(), fetch: (input, init) => fetch(input, init) });
    return opened.jkt;
  },

  /** Each request has a URL of its own: for one URL, a browser's cache would let the second wait for the first. */
  async send({ origin, accessToken }, count) {
    const send = opened.protect({ origin, accessToken });
    const start = performance.now();
    const outcomes = await Promise.allSettled(Array.from({ length: count }, (_, index) => send(`${origin}/orders/${index}`)));
    const succeeded = outcomes.filter(({ value }) => value?.status === 200).length;
    return { succeeded, milliseconds: performance.now() - start };
  },
};
