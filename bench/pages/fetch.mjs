// What each wrapper adds to a fetch: requests of all of them in turn, over a stubbed network and over a real one.
import { rotated, spread } from '../lib/compare.mjs';
import { breathe, report, tell } from './report.mjs';
import { accessToken } from './request.mjs';
import { api, NETWORKS, senders } from './senders.mjs';

const PLAIN = 'plain fetch';
const STATIC = 'plain fetch with a static DPoP header';
const BASELINE = 'dpop with glue';

/** What every request costs anyhow. */
function floors({ fetch }) {
  const headers = { Authorization: `DPoP ${accessToken}`, DPoP: 'x'.repeat(500) };
  return { [PLAIN]: () => fetch(api), [STATIC]: () => fetch(api, { headers }) };
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
  const { able, absent } = await senders(alg, network);
  const runs = { ...floors(network), ...able };
  await oneRound(runs, network, Math.ceil(count / 2), 0); // to warm up
  const measured = [];
  for (let round = 0; round < rounds; round += 1) {
    measured.push(await oneRound(runs, network, count, round));
    await tell(`${round + 1} of ${rounds}`);
  }
  return { p50: added(measured, 0.5), p95: added(measured, 0.95), absent };
});
