// Proofs one at a time, of each contender in turn, beside the signature alone.
import { compare } from '../lib/compare.mjs';
import * as atproto from '../peers/atproto.mjs';
import * as auth0 from '../peers/auth0-spa-js.mjs';
import * as dpop from '../peers/dpop.mjs';
import * as jose from '../peers/jose.mjs';
import * as keybound from '../peers/keybound.mjs';
import * as oauth4webapi from '../peers/oauth4webapi.mjs';
import * as oidc from '../peers/oidc-client-ts.mjs';
import { signatory } from '../peers/raw.mjs';
import { counting } from './count.mjs';
import { breathe, report, tell } from './report.mjs';
import { checkProof, request } from './request.mjs';

const PROVERS = {
  'keybound, createProof': keybound.prover,
  'keybound, createProof, another URL each time': keybound.travellingProver,
  'keybound, proof() of a stored key': keybound.restore,
  dpop: dpop.prover,
  'jose by hand': jose.prover,
  'oauth4webapi, over a stubbed fetch': oauth4webapi.prover,
  'atproto OAuthSession, over a stubbed fetch': atproto.prover,
  'auth0-spa-js, generateDpopProof': auth0.restore,
  'oidc-client-ts, IndexedDB store': oidc.restore,
};

const COUNTED = 20;
const LEAST_SLICE_MILLISECONDS = 10;
/** So that the clock's step is a small part of what is measured with it. */
const STEPS_A_SLICE = 200;

/** Those that can do the algorithm, each of which has given a proof that verifies; and why the others cannot. */
async function provers(alg) {
  const able = {};
  const absent = {};
  for (const [name, create] of Object.entries(PROVERS)) {
    try {
      const prove = await create({ alg, request });
      await checkProof(await prove(request), alg);
      able[name] = prove;
    } catch (error) {
      if (name.startsWith('keybound')) throw error;
      absent[name] = error.message;
    }
  }
  return { able, absent };
}

/** The step of the page's clock, in milliseconds: browsers make it coarse. */
function clockStep() {
  const steps = Array.from({ length: 5 }, () => {
    const start = performance.now();
    for (;;) {
      const step = performance.now() - start;
      if (step > 0) return step;
    }
  });
  return Math.max(...steps);
}

/** Nanoseconds per run, over at least so long. */
async function timedFor(milliseconds, run) {
  await breathe();
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  for (; elapsed < milliseconds; elapsed = performance.now() - start) {
    for (const until = count + 10; count < until; count += 1) await run();
  }
  return (elapsed * 1e6) / count;
}

report(async ({ alg, rounds, milliseconds }) => {
  const sliceMilliseconds = Math.max(LEAST_SLICE_MILLISECONDS, STEPS_A_SLICE * clockStep());
  const { able, absent } = await provers(alg);
  const counts = {};
  for (const [name, prove] of Object.entries(able)) counts[name] = await counting(COUNTED, () => prove(request));
  const sign = await signatory({ alg, request });
  const runs = { 'one raw sign': sign, ...Object.fromEntries(Object.entries(able).map(([name, prove]) => [name, () => prove(request)])) };
  for (const run of Object.values(runs)) await timedFor(milliseconds, run); // warm up
  const contenders = Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, () => timedFor(sliceMilliseconds, run)]));
  const slices = Math.ceil(milliseconds / sliceMilliseconds);
  const progress = (done, all) => (done % (slices * Object.keys(contenders).length) === 0 ? tell(`${done} of ${all}`) : undefined);
  return { results: await compare(contenders, { rounds, slices, baseline: 'one raw sign', progress }), absent, counts };
});
