// What one proof and one protected fetch ask of the platform, on the average of so many.
import { counting } from './count.mjs';
import { provers } from './provers.mjs';
import { report } from './report.mjs';
import { NETWORKS, senders } from './senders.mjs';

const COUNTED = 20;

async function countEach(runs) {
  const counts = {};
  for (const [name, run] of Object.entries(runs)) counts[name] = await counting(COUNTED, run);
  return counts;
}

report(async ({ alg }) => {
  const { able: proofs } = await provers(alg);
  const { able: fetches } = await senders(alg, NETWORKS.real);
  return { proofs: await countEach(proofs), fetches: await countEach(fetches) };
});
