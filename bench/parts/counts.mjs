// What can be counted, the same each time and on any machine: what a proof, a protected fetch and the first proof of a page
// ask of a browser, and what a request asks of a verifier. Only the bytes allocated depend on the version of Node, a little.
import { inBrowsers } from '../lib/in-browsers.mjs';
import { countApart } from '../lib/verifier-process.mjs';
import { ALG as COLD_ALG, makeKeys, pages as coldPages, PEERS as COLD_PEERS } from './cold.mjs';

const ALGORITHMS = ['Ed25519', 'ES256'];
const pages = { counts: 'import "./counts.mjs"', ...coldPages };

/** What was never asked is left out. */
const withoutZeros = (rows) =>
  Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, Object.fromEntries(Object.entries(row).filter(([, count]) => count > 0))]));

async function countCold(visit) {
  await makeKeys(visit);
  const counts = {};
  for (const [name, peer] of Object.entries(COLD_PEERS)) counts[name] = (await visit(peer, { alg: COLD_ALG, counted: true })).counts;
  return counts;
}

/** @param {{ progress: (text: string) => void }} terms the same numbers each time: there are no rounds, and nothing to scale */
export async function run({ progress }) {
  const counts = {};
  progress('the verifier');
  for (const [algorithms, rows] of Object.entries(countApart('calls'))) counts[`a verifier, ${algorithms}: one request`] = rows;
  const [[algorithms, bytes]] = Object.entries(countApart('bytes'));
  counts[`a verifier, ${algorithms}: bytes allocated for a request`] = bytes;
  const { browsers, absent } = await inBrowsers(pages, async (visit, browser) => {
    progress(browser);
    for (const alg of ALGORITHMS) {
      const { proofs, fetches } = await visit('counts', { alg });
      counts[`${browser}, ${alg}: one proof`] = withoutZeros(proofs);
      counts[`${browser}, ${alg}: one protected fetch`] = withoutZeros(fetches);
    }
    counts[`${browser}, ${COLD_ALG}: the first proof after a reload`] = withoutZeros(await countCold(visit));
  });
  return { results: {}, counts, browsers, absent };
}
