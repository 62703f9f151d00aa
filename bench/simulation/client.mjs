// A client as a model, one request after the other: the newest nonce (src/client/gate.ts), the corrected clock
// (src/client/servers.ts), and what follows from an answer, which is the real table. What the gate does with requests that
// are under way together is in burst.mjs, with the real gate.
import { decide } from '../../src/client/decide.ts';
import { judge } from './server.mjs';

/** A request and its answer take so long; the verifier sees it in the middle. */
export const ROUND_TRIP_SECONDS = 0.1;

/** What the real client takes for a wrong clock: see `learnProof`. */
const LESSON_SECONDS = 5;

/** @returns a client that knows nothing yet, whose clock is ahead by `offsetSeconds` */
export function createClient(offsetSeconds = 0) {
  return { offsetSeconds, skewSeconds: 0, nonce: undefined };
}

/**
 * Sends one request, again where the real table says so.
 *
 * @param {import('./random.mjs').Random} random says to which replica each attempt goes
 * @param {(attempt: object) => void} [onAttempt] hears of each attempt
 * @returns {{ attempts: number, verdict: import('./server.mjs').Verdict, nonces: number }} the last verdict, and how many nonces came
 */
export function send(client, startSeconds, { fleet, random, onAttempt }) {
  let seconds = startSeconds;
  let wasCorrected = false;
  let tried;
  let nonces = 0;
  for (let attempts = 1; ; attempts += 1) {
    const { nonce: used, skewSeconds } = client;
    const ownSeconds = seconds + client.offsetSeconds;
    const arrivesAt = seconds + ROUND_TRIP_SECONDS / 2;
    const replica = random.below(fleet.offsetsSeconds.length);
    const proof = { iatSeconds: Math.floor(ownSeconds + skewSeconds), nonce: used };
    const { verdict, nonce } = judge(proof, fleet, { replica, seconds: arrivesAt });
    onAttempt?.({ seconds, replica, verdict });
    seconds += ROUND_TRIP_SECONDS;
    if (nonce) [client.nonce, nonces] = [nonce, nonces + 1];
    if (verdict === 'allow') return { attempts, verdict, nonces };
    const isRefusal = verdict === 'challenge' || verdict === 'invalid';
    const isWrong = isRefusal && fleet.showsDate && learnClock(client, { sentSkewSeconds: skewSeconds, ownSeconds: seconds + client.offsetSeconds, serverSeconds: Math.floor(arrivesAt + fleet.offsetsSeconds[replica]) });
    const isLesson = isWrong && !wasCorrected;
    (tried ??= new Set()).add(used?.id);
    const challenged = verdict === 'challenge';
    const error = challenged ? 'use_dpop_nonce' : verdict === 'invalid' ? 'invalid_dpop_proof' : 'temporarily_unavailable';
    const next = decide({ challenged, nonce: nonce && String(nonce.id), error, tried: asText(tried), isLesson });
    if (next === 'return') return { attempts, verdict, nonces };
    wasCorrected ||= next === 'correction';
  }
}

const asText = (ids) => new Set([...ids].map((id) => id && String(id)));

/** As `learnProof` in src/client/servers.ts, of a server that has shown its clock. */
function learnClock(client, { sentSkewSeconds, ownSeconds, serverSeconds }) {
  const ahead = Math.round(serverSeconds - ownSeconds);
  if (Math.abs(ahead - client.skewSeconds) > LESSON_SECONDS) client.skewSeconds = ahead;
  return Math.abs(ahead - sentSkewSeconds) > LESSON_SECONDS;
}
