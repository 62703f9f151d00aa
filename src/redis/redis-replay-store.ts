/** Spent proofs and nonces in Redis: whoever comes first of a whole fleet has them. */

import type { Claim, ReplayStore, SpendOutcome } from '../stores/replay-store.ts';
import type { RevocationSource } from '../stores/revocation.ts';
import type { SendCommand } from './client.ts';
import { entryLife } from './clock.ts';
import { fence, fenceReplies, type Epochs } from './epochs.ts';
import { entryNames, revocationCheck } from './redis-revocation.ts';
import { redisScript } from './script.ts';
import type { Shards } from './shards.ts';
import { RedisStoreError } from './store-error.ts';

/**
 * KEYS: the epoch, the proof, the count of what its key has spent, the single-use nonce where there is one, then what may
 * be revoked. ARGV: the fence's, the proof's life, the nonce's life or '' (both in milliseconds), the token's iat or '',
 * the count's life in milliseconds, how much a key may spend in that, when the proof ends and when the nonce does (in
 * milliseconds since 1970).
 */
const spendAll = redisScript(`${revocationCheck}${entryLife}${fence}
local first = ARGV[4] == '' and 4 or 5
if isRevoked(first, ARGV[5]) then return 'token_revoked' end
local count = redis.call('GET', KEYS[3])
if count and tonumber(count) >= tonumber(ARGV[7]) then
  return redis.call('GET', KEYS[2]) and 'proof_replayed' or 'over_quota'
end
if not redis.call('SET', KEYS[2], '1', 'PX', lifeOf(ARGV[3], ARGV[8], time), 'NX') then return 'proof_replayed' end
if count then redis.call('INCR', KEYS[3]) else redis.call('SET', KEYS[3], '1', 'PX', ARGV[6]) end
if ARGV[4] ~= '' and not redis.call('SET', KEYS[4], '1', 'PX', lifeOf(ARGV[4], ARGV[9], time), 'NX') then return 'nonce_reused' end
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
      const windowSeconds = quotaWindowSeconds(lifeSeconds(proof));
      const own = [proof.key, quotaName(jkt, windowSeconds), ...(nonce ? [nonce.key] : []), ...(token ? entryNames(token) : [])];
      const keys = [shards.key(shard, 'epoch'), ...own.map((key) => shards.key(shard, key))] as const;
      const epoch = spending.epoch ?? (await epochs.name());
      // Where Redis' clock is ahead, nothing was claimed: its epochs are read again, and tell whether it has stepped.
      for (let attempt = 1; attempt <= 2; attempt += 1) {
        const fenced = epochs.fenceOf(epoch, shard);
        if (!fenced) return 'epoch_changed';
        const quota = [String(windowSeconds * 1000), String(maxEntriesPerKey)];
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

const shortestWindowSeconds = 100;

// A count lives for as long as any entry that it counts: of two counts, one after the other, no more than both are alive.
function quotaWindowSeconds(lifeSeconds: number): number {
  let window = shortestWindowSeconds;
  while (window < lifeSeconds) window *= 2;
  return window;
}

// 132 bits of the thumbprint: as good as all, and shorter.
const quotaName = (jkt: string, windowSeconds: number) => `quota:${jkt.slice(0, 22)}:${windowSeconds}`;

// A claimant whose clock is behind ours still has to find what it has spent.
const minimumRetentionSeconds = 120;

function retainedSeconds(seconds: number): number {
  return seconds > 0 ? seconds : minimumRetentionSeconds;
}
