// The verifier in Node: a token that was seen before, a first sight of one, and 32 requests in flight; beside one raw
// verification of the proof's signature, and beside its peers.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { compareEach, timed } from '../lib/compare.mjs';
import { ALGORITHMS, makeRequests, population } from '../lib/requests.mjs';
import { expressOauth2JwtBearer, joseByHand, keybound, oauth4webapi, rawVerify, solidAccessTokenVerifier } from '../lib/verifiers.mjs';

const PEERS = {
  oauth4webapi,
  'express-oauth2-jwt-bearer': expressOauth2JwtBearer,
  '@solid/access-token-verifier': solidAccessTokenVerifier,
  'jose by hand': joseByHand,
};
const IN_FLIGHT = 32;
const REQUESTS = 1200; // a round
const SLICES = 5;

/** One at a time, or so many at once: nanoseconds a request. */
const sendAll = (verifier, requests, inFlight) =>
  timed(requests.length, async () => {
    let next = 0;
    const lane = async () => {
      while (next < requests.length) await verifier.verify(requests[next++]);
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
  });

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** What making the requests leaves behind is cleared away before the clock starts: it is nobody's who verifies them. */
async function madeReady(make) {
  const requests = await make();
  for (let pass = 0; pass < 2; pass += 1) collectGarbage({ type: 'minor' });
  return requests;
}

async function challenge(verifier, people) {
  const [request] = await makeRequests(people, 1);
  return verifier.nonce(request);
}

/** What a contender is measured with: every proof once, none of them known. */
async function contendersFor(people, algorithms, count) {
  const ours = keybound(people, algorithms);
  const nonce = await challenge(ours, people);
  const peers = Object.fromEntries(Object.entries(PEERS).map(([name, create]) => [name, create(people, algorithms)]));
  const raw = rawVerify(await makeRequests(people, 200, { nonce }));
  const make = (options) => madeReady(() => makeRequests(people, count, { nonce, ...options }));
  const seen = (verifier, inFlight) => async () => sendAll(verifier, await make(), inFlight);
  return {
    'one raw verify': () => timed(count, () => Array.from({ length: count }, (_, index) => raw(index))),
    keybound: seen(ours, 1),
    'keybound, new token': async () => sendAll(ours, await make({ isNew: true }), 1),
    [`keybound, ${IN_FLIGHT} in flight`]: seen(ours, IN_FLIGHT),
    ...Object.fromEntries(Object.entries(peers).flatMap(([name, peer]) => [
      [name, seen(peer, 1)],
      [`${name}, ${IN_FLIGHT} in flight`, seen(peer, IN_FLIGHT)],
    ])),
  };
}

/** @param {{ rounds: number, scale: number, progress: (text: string) => void }} terms */
export async function run({ rounds, scale, progress }) {
  const comparisons = {};
  const missing = {};
  for (const algorithms of ALGORITHMS) {
    progress(`${algorithms.name}: making ready`);
    const people = await population(algorithms);
    const contenders = await contendersFor(people, algorithms, Math.round((REQUESTS * scale) / SLICES));
    for (const [name, warmUp] of Object.entries(contenders)) {
      await warmUp().catch((error) => {
        if (name.startsWith('keybound')) throw error;
        missing[`${name}, ${algorithms.name}`] = error.message;
        delete contenders[name];
      });
    }
    comparisons[algorithms.name] = contenders;
  }
  const tell = (done, all) => progress(`${done} of ${all}`);
  const results = await compareEach(comparisons, { rounds, slices: SLICES, baseline: 'one raw verify', progress: tell });
  return { unit: 'ns a request', baseline: 'one raw verify', results, missing };
}
