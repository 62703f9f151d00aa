// The first proof after a page is loaded again, in the same browser and in a new process of it: from the first line of the
// page's script, beside an IndexedDB open, a get and a signature. Its fetching and parsing are not in it: see `size`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBrowser } from '../lib/browsers.mjs';
import { compare } from '../lib/compare.mjs';
import { inBrowsers } from '../lib/in-browsers.mjs';
import { checkProof } from '../pages/request.mjs';

export const ALG = 'ES256'; // what all of them can do
const BASELINE = 'bare open + get + sign';
/** The module beside bench/peers of each. */
export const PEERS = {
  [BASELINE]: 'raw',
  'keybound, createKeybound + proof()': 'keybound',
  'dpop with idb-keyval': 'dpop',
  'auth0-spa-js, generateDpopProof': 'auth0-spa-js',
  'oidc-client-ts, IndexedDB store': 'oidc-client-ts',
};
const ABSENT = { 'atproto OAuthSession': 'its key comes back as part of a session, which a login alone makes' };
const LOADS_A_ROUND = 3;

/** The page of each peer. */
export const pages = Object.fromEntries(Object.values(PEERS).map((peer) => [
  peer,
  `import { measure } from './cold.mjs'; import { restore } from '../peers/${peer}.mjs'; measure(restore);`,
]));

const perPeer = (make) => Object.fromEntries(Object.entries(PEERS).map(([name, peer]) => [name, make(peer)]));

/** The first visit makes the keys, and shows that the proofs are right. */
export async function makeKeys(visit) {
  for (const peer of Object.values(PEERS)) {
    const { proof } = await visit(peer, { alg: ALG });
    if (peer !== 'raw') await checkProof(proof, ALG);
  }
}

/** @param {{ rounds: number, scale: number, progress: (text: string) => void }} terms */
export async function run({ rounds, scale, progress }) {
  const part = { unit: 'µs to the first proof', baseline: BASELINE, better: 'higher', results: {}, absent: {} };
  const slices = Math.max(1, Math.round(LOADS_A_ROUND * scale));
  const measure = (title, visit, terms) => {
    const load = (peer) => async () => (await visit(peer, { alg: ALG })).nanoseconds / 1000;
    return compare(perPeer(load), { rounds, baseline: BASELINE, progress: (done, all) => progress(`${title}: ${done} of ${all}`), ...terms });
  };
  const { browsers, absent: missing } = await inBrowsers(pages, async (visit, browser, visitWith) => {
    const reload = `${browser}, ${ALG}, reload`;
    await makeKeys(visit);
    part.results[reload] = await measure(reload, visit, { slices });
    part.absent[reload] = ABSENT;

    const fresh = `${browser}, ${ALG}, new process`;
    if (browser === 'WebKitGTK') {
      part.absent[fresh] = 'WebKitGTK keeps no profile under automation';
      return;
    }
    const profile = await mkdtemp(join(tmpdir(), 'keybound-bench-'));
    const inNewProcess = async (use) => {
      const started = await startBrowser(browser, { profile });
      try {
        return await use((...given) => visitWith(started, ...given));
      } finally {
        await started.stop();
      }
    };
    try {
      await inNewProcess(makeKeys);
      part.results[fresh] = await measure(fresh, (...given) => inNewProcess((visitNew) => visitNew(...given)));
      part.absent[fresh] = ABSENT;
    } finally {
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    }
  });
  return { ...part, browsers, absent: { ...part.absent, ...missing } };
}
