// Proofs in browsers, one at a time on the main thread: the rate as a share of that of the signature alone. What each
// proof asks of the platform is counted as well.
import { startBrowser, wantedBrowsers } from '../lib/browsers.mjs';
import { openSite } from '../lib/site.mjs';

const ALGORITHMS = ['Ed25519', 'ES256'];
const LEAST_MILLISECONDS = 50;

/** @param {{ rounds: number, scale: number, progress: (text: string) => void }} terms */
export async function run({ rounds, scale, progress }) {
  const milliseconds = Math.max(LEAST_MILLISECONDS, 200 * scale);
  const part = { unit: 'ns a proof', baseline: 'one raw sign', results: {}, absent: {}, counts: {} };
  const site = await openSite({ proofs: 'import "./proofs.mjs"' });
  try {
    for (const name of wantedBrowsers()) {
      const browser = await startBrowser(name);
      if (!browser) {
        part.absent[name] = 'not on this machine';
        continue;
      }
      try {
        for (const alg of ALGORITHMS) {
          const title = `${name}, ${alg}`;
          const { results, absent, counts } = await site.visit(browser, 'proofs', { alg, rounds, milliseconds }, (text) => progress(`${title}: ${text}`));
          for (const [contender, reason] of Object.entries(absent)) progress(`${title}: without ${contender}: ${reason}`);
          part.results[title] = results;
          part.absent[title] = absent;
          part.counts[title] = counts;
        }
      } finally {
        await browser.stop();
      }
    }
  } finally {
    await site.close();
  }
  return part;
}
