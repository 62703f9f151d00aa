/**
 * The clock of a Redis server, by which entries end, beside ours. Where it steps ahead, they end early: what was spent is
 * forgotten while proofs are good. Redis itself has no clock that never steps, so each verifier compares. Where ours is set
 * back, proofs are good again whose entries have ended: that is compared too.
 */

/**
 * Lua that says how long an entry lives, in milliseconds: until its end by the clock of whoever writes it (`life` from now),
 * and until its end by Redis' own (`ends`, since 1970; `time` is what TIME gave). A writer that is ahead sees less left
 * than those who judge by a right clock. It is 30 hours more at most, so that clocks far apart do not fill Redis.
 */
export const entryLife = `
local function lifeOf(life, ends, time)
  local left = tonumber(ends) - time[1] * 1000 - time[2] / 1000
  life = tonumber(life)
  return string.format('%.0f', math.ceil(math.max(life, math.min(left, life + 108000000))))
end
`;

/** Our clocks at one moment, in seconds: the one of this process, which never steps, and the one since 1970. */
export interface OwnTime {
  readonly upSeconds: number;
  readonly nowSeconds: number;
}

/** What Redis' clock said at most, at one moment of ours. */
export interface ClockReference extends OwnTime {
  readonly redisSeconds: number;
}

/**
 * How far ahead Redis' clock may get before what it holds counts as lost. The verifier asks for entries to be kept for
 * `storeTimeoutSeconds` + 1 longer than the clocks of verifiers may differ by; this, the drift and the time that a
 * command takes fit into that.
 */
export const clockStepSeconds = 0.5;

/**
 * The least `storeTimeoutSeconds` of verifiers. A reading of Redis' clock, and a script, may each be late by the time that
 * a command may take; what is left of the `storeTimeoutSeconds` + 1 that entries are kept longer has to cover
 * {@link clockStepSeconds} and a drift of 0.1 seconds. With less, a step that nobody notices could end an entry while its
 * proof is good.
 */
export function minStoreTimeoutSeconds(operationTimeoutSeconds: number): number {
  return Math.max(0, 2 * operationTimeoutSeconds - 0.4);
}

// Clocks are slewed by some 500 parts in a million. A clock that gains more than this counts as one that steps.
const driftRate = 0.001;

// Verifiers keep what is spent for more than a second after its end: that much later, nothing forgotten is good again.
const harmlessStepSeconds = 1;

/** Our time now, by the verifier's own clock. */
export function ownTime(nowSeconds: () => number): OwnTime {
  return { upSeconds: performance.now() / 1000, nowSeconds: nowSeconds() };
}

/**
 * What Redis' clock says at most, where it has not stepped. The longer of our two spans counts: while this machine was
 * suspended only one of them went on, and where our own clock was set, only the other is right.
 */
export function latestRedisSeconds(reference: ClockReference, own: OwnTime): number {
  const elapsed = Math.max(0, own.upSeconds - reference.upSeconds, own.nowSeconds - reference.nowSeconds);
  return reference.redisSeconds + elapsed * (1 + driftRate);
}

/** Whether Redis' clock, read before `own`, is further on than it can be without a step. */
export function hasStepped(redisSeconds: number, reference: ClockReference, own: OwnTime): boolean {
  return redisSeconds > latestRedisSeconds(reference, own) + clockStepSeconds;
}

/** What our own clock would say, had it not been set since the reference. */
export function expectedSeconds(reference: OwnTime, own: OwnTime): number {
  return reference.nowSeconds + own.upSeconds - reference.upSeconds;
}

/** Whether our own clock has been set back since the reference, so far that what has ended meanwhile may be good again. */
export function wasSetBack(reference: OwnTime, own: OwnTime): boolean {
  return own.nowSeconds < expectedSeconds(reference, own) - harmlessStepSeconds;
}

/**
 * What to compare with from now on; `own` is from before the reading. Steps that were too small to count stay in the
 * account, of Redis' clock and of ours, so that many of them do.
 */
export function nextReference(redisSeconds: number, reference: ClockReference | undefined, own: OwnTime): ClockReference {
  if (!reference) return { ...own, redisSeconds };
  const slowest = expectedSeconds(reference, own) - driftRate * (own.upSeconds - reference.upSeconds);
  const nowSeconds = Math.max(own.nowSeconds, slowest);
  return { ...own, nowSeconds, redisSeconds: Math.min(redisSeconds, latestRedisSeconds(reference, own)) };
}
