// Where the time goes: profiles of the verifier in Node, and of proofs and protected fetches in Chromium. Shares of samples, for
// those who want to know what is left to win; no two profiles are the same.
import { Session } from 'node:inspector/promises';
import { inBrowsers } from '../lib/in-browsers.mjs';
import { shares } from '../lib/profile.mjs';
import { ALGORITHMS, makeRequests, population } from '../lib/requests.mjs';
import { keybound } from '../lib/verifiers.mjs';

const ALGORITHM = 'ES256';
const REQUESTS = 1000;
const ROUNDS = 20;
const INTERVAL_MICROSECONDS = 100;

async function profileVerifier(isNew) {
  const algorithms = ALGORITHMS.find(({ name }) => name === ALGORITHM);
  const people = await population(algorithms);
  const verifier = keybound(people, algorithms);
  const nonce = await verifier.nonce((await makeRequests(people, 1))[0]);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_MICROSECONDS });
  const profiles = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const requests = await makeRequests(people, REQUESTS, { nonce, isNew });
    await session.post('Profiler.start');
    for (const request of requests) await verifier.verify(request);
    const { profile } = await session.post('Profiler.stop');
    if (round >= ROUNDS / 2) profiles.push(profile); // by then it is compiled
  }
  session.disconnect();
  return shares(joined(profiles));
}

/** Several profiles as one, below a root of their own. */
function joined(profiles) {
  const parts = profiles.map(({ nodes, samples, timeDeltas }, index) => {
    const idOf = (id) => `${index}:${id}`;
    return { nodes: nodes.map((node) => ({ ...node, id: idOf(node.id), children: node.children?.map(idOf) })), samples: samples.map(idOf), timeDeltas };
  });
  const root = { id: 'root', callFrame: { functionName: '(root)', url: '' }, children: parts.map(({ nodes }) => nodes[0].id) };
  return {
    nodes: [root, ...parts.flatMap(({ nodes }) => nodes)],
    samples: parts.flatMap(({ samples }) => samples),
    timeDeltas: parts.flatMap(({ timeDeltas }) => timeDeltas),
  };
}

/** @param {{ progress: (text: string) => void }} terms */
export async function run({ progress }) {
  const observed = {};
  progress('the verifier');
  observed[`The verifier, ${ALGORITHM}, a token seen before`] = await profileVerifier(false);
  observed[`The verifier, ${ALGORITHM}, first sight of a token`] = await profileVerifier(true);
  process.env.BROWSERS = 'chromium';
  const { browsers, absent } = await inBrowsers({ profile: 'import "./profile.mjs"' }, async (visit, browser) => {
    for (const [what, title] of Object.entries({ proof: 'a proof', travel: 'a proof, another URL each time', fetch: 'a protected fetch over a stubbed network' })) {
      progress(`${browser}: ${title}`);
      observed[`${browser}, ${ALGORITHM}, ${title}`] = shares(await visit.profiled('profile', { alg: ALGORITHM, what }));
    }
  }, { minify: false });
  return { results: {}, terms: 'Samples of one run, by function; what a function calls is told by itself.', observed, browsers, absent };
}
