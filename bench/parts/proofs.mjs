// Proofs in browsers, one at a time on the main thread: the rate as a share of that of the signature alone.
import { inBrowsers } from '../lib/in-browsers.mjs';

const ALGORITHMS = ['Ed25519', 'ES256'];
const LEAST_MILLISECONDS = 50;

/** @param {{ rounds: number, scale: number, progress: (text: string) => void }} terms */
export async function run({ rounds, scale, progress }) {
  const part = { unit: 'ns a proof', baseline: 'one raw sign', better: 'higher', results: {}, absent: {} };
  const milliseconds = Math.max(LEAST_MILLISECONDS, 200 * scale);
  const { browsers, absent: missing } = await inBrowsers({ proofs: 'import "./proofs.mjs"' }, async (visit, browser) => {
    for (const alg of ALGORITHMS) {
      const title = `${browser}, ${alg}`;
      const { results, absent } = await visit('proofs', { alg, rounds, milliseconds }, (text) => progress(`${title}: ${text}`));
      for (const [contender, reason] of Object.entries(absent)) progress(`${title}: without ${contender}: ${reason}`);
      part.results[title] = results;
      part.absent[title] = absent;
    }
  });
  return { ...part, browsers, absent: { ...part.absent, ...missing } };
}
