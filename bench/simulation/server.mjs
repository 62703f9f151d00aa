// A verifier as a model: what steps 5 and 10 of src/resource/verify.ts decide on a proof that is good in all else. Signatures,
// keyed hashes and the store are left out; a nonce says openly what the real one proves. test/bench/simulation.node.test.ts
// sends the same requests through the real client to the real verifier, and holds the verdicts against these.
import { NonceIssuer } from '../../src/verifier/nonce.ts';

/**
 * What a fleet of verifiers goes by. Times are in seconds, by a clock that is right.
 *
 * @typedef {object} Fleet
 * @property {'none' | 'window' | 'single-use'} policy
 * @property {number} lifetimeSeconds
 * @property {number} maxAgeSeconds
 * @property {number} clockToleranceSeconds
 * @property {readonly number[]} offsetsSeconds how far ahead each replica's clock is
 * @property {boolean} showsDate whether clients can read the answers' Date
 * @property {(replica: number, seconds: number) => readonly number[]} secretsAt by their numbers; the first makes nonces
 * @property {(seconds: number) => number} epochAt of the memory of spent proofs
 * @property {(replica: number, seconds: number) => number} readEpochAt the one that a replica goes by
 * @property {(epoch: number) => number} bornAtSeconds
 * @property {(seconds: number) => boolean} isDownAt whether nothing can be spent
 * @property {(expiresAtSeconds: number, nowSeconds: number) => boolean} isDue the real rule
 *
 * @typedef {{ id: number, issuedAtSeconds: number, secret: number, epoch: number }} Nonce
 * @typedef {{ iatSeconds: number, nonce: Nonce | undefined }} Proof
 * @typedef {'allow' | 'challenge' | 'invalid' | 'unavailable'} Verdict
 */

const always = [0];
const LONG_AGO_SECONDS = -1e6;

/** A fleet in good order, of eight replicas with the defaults of the package, but for what is given. @returns {Fleet} */
export function createFleet(given = {}) {
  const { policy = 'window', lifetimeSeconds = 60 } = given;
  const issuer = policy === 'none' ? undefined : new NonceIssuer({ policy, lifetimeSeconds }, 'resource-server');
  return {
    policy,
    lifetimeSeconds,
    maxAgeSeconds: 60,
    clockToleranceSeconds: 10,
    offsetsSeconds: Array.from({ length: 8 }, () => 0),
    showsDate: true,
    secretsAt: () => always,
    epochAt: () => 0,
    readEpochAt: (_, seconds) => given.epochAt?.(seconds) ?? 0,
    bornAtSeconds: () => LONG_AGO_SECONDS,
    isDownAt: () => false,
    isDue: (expiresAtSeconds, nowSeconds) => issuer?.isDue(expiresAtSeconds, nowSeconds) ?? false,
    ...given,
  };
}

let issued = 0;

/** The start of src/verifier/nonce.ts: whole seconds, the first secret, the epoch that the replica has read. */
function issue(fleet, { replica, seconds, epoch }) {
  issued += 1;
  return { id: issued, issuedAtSeconds: Math.floor(seconds + fleet.offsetsSeconds[replica]), secret: fleet.secretsAt(replica, seconds)[0], epoch };
}

function isAlive(nonce, fleet, { replica, seconds, epoch }) {
  const now = seconds + fleet.offsetsSeconds[replica];
  return nonce !== undefined
    && now <= nonce.issuedAtSeconds + fleet.lifetimeSeconds
    && nonce.issuedAtSeconds <= now + fleet.clockToleranceSeconds
    && nonce.epoch === epoch
    && fleet.secretsAt(replica, seconds).includes(nonce.secret);
}

/**
 * What one replica answers at one moment.
 *
 * @param {Proof} proof
 * @param {Fleet} fleet
 * @param {{ replica: number, seconds: number }} place
 * @returns {{ verdict: Verdict, nonce?: Nonce }}
 */
export function judge(proof, fleet, { replica, seconds }) {
  const read = fleet.readEpochAt(replica, seconds);
  const place = { replica, seconds, epoch: read };
  return fleet.policy === 'none' ? judgeAge(proof, fleet, place) : judgeNonce(proof, fleet, place);
}

function judgeNonce({ nonce }, fleet, place) {
  if (!isAlive(nonce, fleet, place)) {
    // Without Redis there is no epoch to make a nonce under, once the reading has ended.
    return fleet.isDownAt(place.seconds) ? { verdict: 'unavailable' } : { verdict: 'challenge', nonce: issue(fleet, place) };
  }
  if (fleet.isDownAt(place.seconds)) return { verdict: 'unavailable' };
  const epoch = fleet.epochAt(place.seconds);
  // The script finds another epoch, and the replica reads it before it makes the next nonce.
  if (epoch !== place.epoch) return { verdict: 'challenge', nonce: issue(fleet, { ...place, epoch }) };
  const now = place.seconds + fleet.offsetsSeconds[place.replica];
  const isDue = fleet.isDue(nonce.issuedAtSeconds + fleet.lifetimeSeconds, now);
  return isDue ? { verdict: 'allow', nonce: issue(fleet, place) } : { verdict: 'allow' };
}

function judgeAge({ iatSeconds }, fleet, { replica, seconds, epoch }) {
  const { maxAgeSeconds, clockToleranceSeconds } = fleet;
  const now = seconds + fleet.offsetsSeconds[replica];
  if (iatSeconds > now + clockToleranceSeconds || now > iatSeconds + maxAgeSeconds + clockToleranceSeconds) return { verdict: 'invalid' };
  const isTooYoung = iatSeconds <= fleet.bornAtSeconds(epoch) + 2 * clockToleranceSeconds;
  const isUndecided = isTooYoung || fleet.isDownAt(seconds) || epoch !== fleet.epochAt(seconds);
  return { verdict: isUndecided ? 'unavailable' : 'allow' };
}
