// Many clients over one fleet, one client's life after the other: what a client meets does not depend on the others.
import { createClient, send } from './client.mjs';
import { createRandom } from './random.mjs';

/** How far apart a client's requests are, on average: as many clients every 5 seconds as every 50 and every 500. */
export const GAP_SECONDS = [5, 500];

/**
 * Requests that begin from `fromSeconds` to `untilSeconds` count; those before warm the clients up.
 *
 * @param {object} terms
 * @param {number} terms.clients
 * @param {number} terms.seed
 * @param {import('./server.mjs').Fleet} terms.fleet
 * @param {number} terms.fromSeconds
 * @param {number} terms.untilSeconds
 * @param {number} [terms.binSeconds] counts are told for spans of that length, too
 * @param {readonly [number, number]} [terms.gapSeconds]
 * @param {(random: import('./random.mjs').Random) => number} [terms.offsetOf] how far ahead a client's clock is
 */
export function simulate({ clients, seed, fleet, fromSeconds, untilSeconds, binSeconds, gapSeconds = GAP_SECONDS, offsetOf = () => 0 }) {
  const random = createRandom();
  const total = createCount();
  const bins = binSeconds ? Array.from({ length: Math.ceil((untilSeconds - fromSeconds) / binSeconds) }, createCount) : [];
  for (let number = 0; number < clients; number += 1) {
    random.begin(seed, number);
    const gap = random.betweenPowers(...gapSeconds);
    const client = createClient(offsetOf(random));
    for (let seconds = random.wait(gap); seconds < untilSeconds; seconds += random.wait(gap)) {
      const outcome = send(client, seconds, { fleet, random });
      if (seconds < fromSeconds) continue;
      add(total, outcome);
      if (binSeconds) add(bins[Math.floor((seconds - fromSeconds) / binSeconds)], outcome);
    }
  }
  return { ...rates(total), ...(binSeconds && { bins: bins.map(rates) }) };
}

const createCount = () => ({ requests: 0, extra: 0, refused: 0, nonces: 0 });

function add(count, { attempts, verdict, nonces }) {
  count.requests += 1;
  count.extra += attempts - 1;
  count.nonces += nonces;
  if (verdict !== 'allow') count.refused += 1;
}

/** Shares of the requests, in percent, to a thousandth. */
function rates({ requests, extra, refused, nonces }) {
  const percent = (count) => (requests === 0 ? 0 : Math.round((count / requests) * 1e5) / 1e3);
  return { requests, extra: percent(extra), refused: percent(refused), nonces: percent(nonces) };
}
