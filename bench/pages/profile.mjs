// One thing over and over, for a profile of it.
import { provers } from './provers.mjs';
import { breathe, report, tell } from './report.mjs';
import { NETWORKS, senders } from './senders.mjs';

const MILLISECONDS = 3000;
const STEPS = 100;

const RUNS = {
  proof: async (alg) => (await provers(alg)).able['keybound, createProof'],
  travel: async (alg) => (await provers(alg)).able['keybound, createProof, another URL each time'],
  fetch: async (alg) => (await senders(alg, NETWORKS.stubbed)).able['keybound, protect'],
};

report(async ({ alg, what }) => {
  const run = await RUNS[what](alg);
  for (let step = 0; step < STEPS; step += 1) await run();
  await tell('ready');
  const end = performance.now() + MILLISECONDS;
  while (performance.now() < end) {
    for (let step = 0; step < STEPS; step += 1) await run();
    await breathe();
  }
});
