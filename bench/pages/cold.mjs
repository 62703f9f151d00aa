// The first proof of a page that has just been loaded, by a key that an earlier visit has stored.
import { startCounting } from './count.mjs';
import { parameters, report } from './report.mjs';
import { request } from './request.mjs';

async function prove(restore, alg) {
  const first = await restore({ alg });
  return first(request);
}

/** @param {(terms: { alg: string }) => Promise<(given: typeof request) => Promise<unknown>>} restore gets the key, and what signs with it */
export function measure(restore) {
  const stop = parameters.counted ? startCounting() : () => undefined;
  // At once: report() waits for the page.
  const done = prove(restore, parameters.alg).then((proof) => ({
    nanoseconds: (performance.now() - globalThis.startedAt) * 1e6,
    proof: typeof proof === 'string' ? proof : undefined,
    counts: stop(),
  }));
  done.catch(() => {}); // reported below
  report(() => done);
}
