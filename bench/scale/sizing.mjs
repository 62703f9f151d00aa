// What a fleet needs for so many requests a second, by what was measured.

/** What the plan leaves free: a process is 60 % busy, and a Redis primary 40 %, since it has one thread and takes bursts. */
export const BUSY = { process: 0.6, redis: 0.4 };
export const RATES = [100, 1000, 10_000, 100_000, 1_000_000];

const DEFAULTS = { policy: 'window', revocation: 'direct', lifetimeSeconds: 60, maxAgeSeconds: 60, clockToleranceSeconds: 10, storeTimeoutSeconds: 1 };
const EPOCH_LIFETIMES = [0.5, 1, 2, 5, 10, 30];

/** The longest that what is spent is remembered, in seconds. */
export function keptSeconds({ policy, lifetimeSeconds, maxAgeSeconds, clockToleranceSeconds, storeTimeoutSeconds }) {
  if (policy === 'none') return maxAgeSeconds + 3 * clockToleranceSeconds + storeTimeoutSeconds + 1;
  return lifetimeSeconds + 2 * clockToleranceSeconds + storeTimeoutSeconds + 1;
}

/** Bytes in Redis for each request, as long as it is remembered. */
export const bytesPerRequest = ({ policy }, { memory: { bytes } }) => bytes[policy === 'single-use' ? 'proof and nonce' : 'proof'];

/** @param {number} rate requests a second @param {object} measured @param {object} [given] settings other than the defaults */
export function plan(rate, measured, given = {}) {
  const settings = { ...DEFAULTS, ...given };
  const { requests, polls, revocation } = measured;
  const cost = requests[`${settings.policy}, ${settings.revocation}`];
  const processes = Math.max(2, Math.ceil((rate * cost.cpuMicroseconds) / 1e6 / BUSY.process));
  const spendingShare = (rate * cost.redisMicroseconds) / 1e6;
  const primaries = Math.max(1, Math.ceil(spendingShare / BUSY.redis));
  const shards = primaries === 1 ? 1 : Math.min(1024, 2 * primaries);
  const readings = (seconds) => (processes * shards) / seconds;
  // Readings of the epoch should be a twentieth of what Redis does, at most.
  const isLight = (seconds) => readings(seconds) * polls.epochMicroseconds <= 0.05 * BUSY.redis * primaries * 1e6;
  const epochLifetimeSeconds = EPOCH_LIFETIMES.find(isLight) ?? EPOCH_LIFETIMES.at(-1);
  return {
    rate, settings, cost, processes, primaries, shards, epochLifetimeSeconds,
    memoryBytes: rate * keptSeconds(settings) * bytesPerRequest(settings, measured),
    networkBytes: rate * (cost.bytesToRedis + cost.bytesFromRedis),
    connections: processes * primaries,
    readingsByDefault: readings(0.5),
    readings: readings(epochLifetimeSeconds),
    bytesPerRevocation: revocation.bytes + (shards - 1) * revocation.bytesPerFurtherShard,
    commandsPerRevocation: shards * revocation.commandsPerShard + revocation.commandsForTheFeed,
    mirrorPollsPerSecond: processes * polls.mirrorPerSecond,
    mirrorShare: (processes * polls.mirrorPerSecond * polls.mirrorMicroseconds) / 1e6,
  };
}
