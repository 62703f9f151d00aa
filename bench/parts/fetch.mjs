// What a protected fetch takes longer than a plain one, over a stubbed network (the wrapper alone) and to a server on this
// machine (connections kept). The ratio is to what the dpop package adds with the glue it takes: the lower, the better. What
// is added at p95, and to a request that takes a millisecond anyhow, is mostly noise: what counts is the stubbed p50.
import { inBrowsers } from '../lib/in-browsers.mjs';

const ALGORITHMS = ['Ed25519', 'ES256'];
const NETWORKS = { stubbed: { title: 'stubbed network', count: 40 }, real: { title: 'local server', count: 60 } };
const LEAST_COUNT = 20;

/** @param {{ rounds: number, scale: number, progress: (text: string) => void }} terms */
export async function run({ rounds, scale, progress }) {
  const part = { unit: 'µs added', baseline: 'dpop with glue', better: 'lower', results: {}, absent: {} };
  const { browsers, absent: missing } = await inBrowsers({ fetch: 'import "./fetch.mjs"' }, async (visit, browser) => {
    for (const alg of ALGORITHMS) {
      for (const [network, { title: where, count }] of Object.entries(NETWORKS)) {
        const title = `${browser}, ${alg}, ${where}`;
        const parameters = { alg, network, rounds, count: Math.max(LEAST_COUNT, Math.round(count * scale)) };
        const { p50, p95, absent } = await visit('fetch', parameters, (text) => progress(`${title}: ${text}`));
        for (const [contender, reason] of Object.entries(absent)) progress(`${title}: without ${contender}: ${reason}`);
        part.results[`${title}, p50`] = p50;
        part.results[`${title}, p95`] = p95;
        part.absent[title] = absent;
      }
    }
  });
  return { ...part, browsers, absent: { ...part.absent, ...missing } };
}
