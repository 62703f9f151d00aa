// What each wrapper adds to a fetch: requests of all of them in turn, over a stubbed network and over a real one.
import { rotated, spread } from '../lib/compare.mjs';
import * as atproto from '../peers/atproto.mjs';
import * as auth0 from '../peers/auth0-spa-js.mjs';
import * as dpop from '../peers/dpop.mjs';
import * as keybound from '../peers/keybound.mjs';
import * as oauth4webapi from '../peers/oauth4webapi.mjs';
import { counting } from './count.mjs';
import { breathe, report, tell } from './report.mjs';
import { accessToken, request } from './request.mjs';

const PLAIN = 'plain fetch';
const STATIC = 'plain fetch with a static DPoP header';
const BASELINE = 'dpop with glue';
const PROTECTORS = {
  'keybound, protect': keybound.protector,
  [BASELINE]: dpop.protector,
  'oauth4webapi, protectedResourceRequest': oauth4webapi.protector,
  'atproto OAuthSession': atproto.protector,
  'auth0-spa-js, createFetcher': auth0.protector,
};

const api = `${location.origin}/api/orders`;
const checkedApi = `${location.origin}/api/checked`;
const COUNTED = 20;

/** The network: a real one; or none at all, where only what the wrapper does itself is left. */
const NETWORKS = {
  real: {
    fetch: (input, init) => fetch(input, init),
    // Calls timed together: the clock's steps are small beside one.
    together: 1,
    read: (response) => response.text(),
  },
  stubbed: {
    fetch: async () => new Response('{}', { headers: { 'DPoP-Nonce': request.nonce } }),
    together: 10,
    read() {},
  },
};

/** A fetch that goes to the stub, once what it sends has been found right by the real server. */
function switchable(network) {
  let now = NETWORKS.real.fetch;
  return { fetch: (input, init) => now(input, init), settle: () => (now = network.fetch) };
}

async function senders(alg, network) {
  const able = {};
  const absent = {};
  for (const [name, create] of Object.entries(PROTECTORS)) {
    try {
      const { fetch, settle } = switchable(network);
      const send = await create({ alg, accessToken, fetch });
      const { status, headers } = await send(checkedApi);
      if (status !== 200) throw new Error(`${status} ${headers.get('WWW-Authenticate')}`);
      settle();
      able[name] = () => send(api);
    } catch (error) {
      if (name.startsWith('keybound')) throw error;
      absent[name] = error.message;
    }
  }
  const headers = { Authorization: `DPoP ${accessToken}`, DPoP: 'x'.repeat(500) };
  const floors = { [PLAIN]: () => network.fetch(api), [STATIC]: () => network.fetch(api, { headers }) };
  return { able, absent, runs: { ...floors, ...able } };
}

/** Microseconds of each call of each sender, the senders in turn. */
async function oneRound(runs, { together, read }, count, round) {
  const names = Object.keys(runs);
  const taken = Object.fromEntries(names.map((name) => [name, []]));
  for (let done = 0; done < count; done += 1) {
    // There and back: nobody always follows the same one, which has warmed up what both use.
    for (const name of rotated(done % 2 ? names : names.toReversed(), round + done)) {
      await breathe();
      const start = performance.now();
      for (let each = 0; each < together; each += 1) await read(await runs[name]());
      taken[name].push(((performance.now() - start) * 1000) / together);
    }
  }
  return taken;
}

const quantile = (values, share) => [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];

/** What each added to the plain one in each round, and that as a multiple of what the baseline added. */
function added(rounds, share) {
  const inRound = (taken) => Object.fromEntries(Object.entries(taken).map(([name, values]) => [name, quantile(values, share) - quantile(taken[PLAIN], share)]));
  const all = rounds.map(inRound);
  return Object.fromEntries(Object.keys(all[0]).map((name) => [
    name,
    { value: spread(all.map((one) => one[name])), ratio: spread(all.map((one) => one[name] / one[BASELINE])) },
  ]));
}

report(async ({ alg, network: networkName, rounds, count }) => {
  const network = NETWORKS[networkName];
  const { able, absent, runs } = await senders(alg, network);
  const counts = {};
  for (const [name, run] of Object.entries(able)) counts[name] = await counting(COUNTED, async () => network.read(await run()));
  await oneRound(runs, network, Math.ceil(count / 2), 0); // to warm up
  const measured = [];
  for (let round = 0; round < rounds; round += 1) {
    measured.push(await oneRound(runs, network, count, round));
    await tell(`${round + 1} of ${rounds}`);
  }
  return { p50: added(measured, 0.5), p95: added(measured, 0.95), absent, counts };
});
