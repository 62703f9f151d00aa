/** Spent proofs and nonces in Redis: whoever comes first of a whole fleet has them. */

import { maxClaimSeconds, type Claim, type ReplayStore, type SpendOutcome } from '../stores/replay-store.ts';
import type { RevocationSource } from '../stores/revocation.ts';
import type { SendCommand } from './client.ts';
import { entryLife } from './clock.ts';
import { fence, fenceReplies } from './epoch.ts';
import type { Epochs } from './epochs.ts';
import { entryNames, revocationCheck } from './redis-revocation.ts';
import { redisScript } from './script.ts';
import type { Shards } from './shards.ts';
import { RedisStoreError } from './store-error.ts';

const shortestWindowSeconds = 100;

/**
 * KEYS: the epoch, the proof, the count of what its key has spent, how long that key's windows are, the single-use nonce
 * where there is one, then what may be revoked. ARGV: the fence's, the proof's life, the nonce's life or '' (both in
 * milliseconds), the token's iat or '', the window that suits the proof's life, how much a key may spend in a window, when the
 * proof ends and when the nonce does (in milliseconds since 1970).
 *
 * A window is as long as anything that it counts is kept, and is never followed by a shorter one while that is alive:
 * so no more than two windows' entries are, and a client gains nothing by the age of its proofs. KEYS[4] remembers
 * windows that are not the shortest, for one window more.
 */
const spendAll = redisScript(`${revocationCheck}${entryLife}${fence}
local first = ARGV[4] == '' and 5 or 6
if isRevoked(first, ARGV[5]) then return 'token_revoked' end
local count = redis.call('GET', KEYS[3])
if count and tonumber(count) >= tonumber(ARGV[7]) then
  return redis.call('GET', KEYS[2]) and 'proof_replayed' or 'over_quota'
end
if not redis.call('SET', KEYS[2], '1', 'PX', lifeOf(ARGV[3], ARGV[8], time), 'NX') then return 'proof_replayed' end
local shortest, window = ${shortestWindowSeconds * 1000}, tonumber(ARGV[6])
local function longest() return tonumber(redis.call('GET', KEYS[4]) or shortest) end
if count and (window == shortest or window <= longest()) then
  redis.call('INCR', KEYS[3])
else
  window = math.max(window, longest())
  redis.call('SET', KEYS[3], (count or 0) + 1, 'PX', window)
  if window > shortest then redis.call('SET', KEYS[4], window, 'PX', 2 * window) end
end
if ARGV[4] ~= '' and not redis.call('SET', KEYS[5], '1', 'PX', lifeOf(ARGV[4], ARGV[9], time), 'NX') then return 'nonce_reused' end
return 'spent'
`);

/** KEYS: what is claimed. ARGV: its life in milliseconds, when it ends (in milliseconds since 1970). */
const setOnce = redisScript(`${entryLife}
return redis.call('SET', KEYS[1], '1', 'PX', lifeOf(ARGV[1], ARGV[2], redis.call('TIME')), 'NX')
`);

const outcomes: readonly unknown[] = ['spent', 'proof_replayed', 'nonce_reused', 'epoch_changed', 'token_revoked'] satisfies SpendOutcome[];

/** What the store is made of. */
export interface RedisReplayStoreParts {
  readonly send: SendCommand;
  readonly shards: Shards;
  readonly epochs: Epochs;
  readonly revocation: RevocationSource;
  readonly maxEntriesPerKey: number;
  readonly nowSeconds: () => number;
}

/** A replay store over Redis; what is spent lies in the shard of its nonce, where that is for single use, else of its proof. */
export function redisReplayStore({ send, shards, epochs, revocation, maxEntriesPerKey, nowSeconds }: RedisReplayStoreParts): ReplayStore {
  const lifeSeconds = ({ expiresAtSeconds }: Claim) => retainedSeconds(expiresAtSeconds - nowSeconds());
  const life = (claim: Claim) => String(Math.ceil(lifeSeconds(claim) * 1000));
  const end = ({ expiresAtSeconds }: Claim) => String(Math.ceil(expiresAtSeconds * 1000));
  return {
    shared: true,
    revocation,
    epoch: () => epochs.name(),
    bornAtSeconds: () => epochs.bornAtSeconds(),
    async claim(key, expiresAtSeconds) {
      const claim = { key, expiresAtSeconds };
      const reply = await setOnce(send, { keys: [shards.key(shards.shardOf(key), key)], values: [life(claim), end(claim)] });
      if (reply === 'OK' || reply === null) return reply === 'OK';
      throw new RedisStoreError('reply', `Redis answered with ${typeof reply} for a claim`);
    },
    async spend(spending) {
      const { proof, nonce, token, jkt } = spending;
      const shard = shards.shardOf((nonce ?? proof).key);
      const own = [proof.key, ...quotaNames(jkt), ...(nonce ? [nonce.key] : []), ...(token ? entryNames(token) : [])];
      const keys = [shards.key(shard, 'epoch'), ...own.map((key) => shards.key(shard, key))] as const;
      const epoch = spending.epoch ?? (await epochs.name());
      // Where Redis' clock is ahead, nothing was claimed: its epochs are read again, and tell whether it has stepped.
      for (let attempt = 1; attempt <= 2; attempt += 1) {
        const fenced = epochs.fenceOf(epoch, shard);
        if (!fenced) return 'epoch_changed';
        const quota = [String(quotaWindowSeconds(lifeSeconds(proof)) * 1000), String(maxEntriesPerKey)];
        const values = [...fenced, life(proof), nonce ? life(nonce) : '', String(token?.iat ?? ''), ...quota, end(proof), nonce ? end(nonce) : ''];
        const reply = await spendAll(send, { keys, values });
        if (fenceReplies.includes(reply)) epochs.expire();
        if (reply !== 'clock_ahead') return outcome(reply);
        await epochs.name();
      }
      throw new RedisStoreError('timeout', 'Redis ran the script too late');
    },
  };
}

function outcome(reply: unknown): SpendOutcome {
  if (outcomes.includes(reply)) return reply as SpendOutcome;
  if (reply === 'over_quota') throw new RedisStoreError('over-quota', 'One key has spent its share, and there is room for others');
  throw new RedisStoreError('reply', `Redis answered with ${typeof reply} for a spending`);
}

// In doubles, so that a window is made longer a few times at most.
function quotaWindowSeconds(lifeSeconds: number): number {
  let window = shortestWindowSeconds;
  while (window < lifeSeconds) window *= 2;
  return window;
}

// 132 bits of the thumbprint: as good as all, and shorter.
function quotaNames(jkt: string): readonly string[] {
  const owner = jkt.slice(0, 22);
  return [`quota:${owner}`, `quota-window:${owner}`];
}

// A claimant whose clock is behind ours still has to find what it has spent.
const minimumRetentionSeconds = 120;

// Whatever is no time is later than any bound, and would never be forgotten.
function retainedSeconds(seconds: number): number {
  if (!(seconds <= maxClaimSeconds)) throw new RangeError('An entry expires within 30 hours');
  return seconds > 0 ? seconds : minimumRetentionSeconds;
}
