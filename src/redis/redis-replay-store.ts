/** Spent proofs and nonces in Redis: whoever comes first of a whole fleet has them. */

import type { Claim, ReplayStore, SpendOutcome } from '../stores/replay-store.ts';
import type { RevocationSource } from '../stores/revocation.ts';
import type { SendCommand } from './client.ts';
import { fence, fenceReplies, type Epochs } from './epochs.ts';
import { entryNames, revocationCheck } from './redis-revocation.ts';
import { redisScript } from './script.ts';
import type { Shards } from './shards.ts';
import { RedisStoreError } from './store-error.ts';

/**
 * KEYS: the epoch, the proof, the single-use nonce where there is one, then what may be revoked. ARGV: the
 * fence's, the proof's life, the nonce's life or '' (both in milliseconds), the token's iat or ''.
 */
const spendAll = redisScript(`${revocationCheck}${fence}
local first = ARGV[4] == '' and 3 or 4
if isRevoked(first, ARGV[5]) then return 'token_revoked' end
if not redis.call('SET', KEYS[2], '1', 'PX', ARGV[3], 'NX') then return 'proof_replayed' end
if ARGV[4] ~= '' and not redis.call('SET', KEYS[3], '1', 'PX', ARGV[4], 'NX') then return 'nonce_reused' end
return 'spent'
`);

const outcomes: readonly unknown[] = ['spent', 'proof_replayed', 'nonce_reused', 'epoch_changed', 'token_revoked'] satisfies SpendOutcome[];

/** What the store is made of. */
export interface RedisReplayStoreParts {
  readonly send: SendCommand;
  readonly shards: Shards;
  readonly epochs: Epochs;
  readonly revocation: RevocationSource;
  readonly nowSeconds: () => number;
}

/** A replay store over Redis; what is spent lies in the shard of its nonce, where that is for single use, else of its proof. */
export function redisReplayStore({ send, shards, epochs, revocation, nowSeconds }: RedisReplayStoreParts): ReplayStore {
  const life = ({ expiresAtSeconds }: Claim) => lifeMilliseconds(expiresAtSeconds - nowSeconds());
  return {
    shared: true,
    revocation,
    epoch: () => epochs.name(),
    bornAtSeconds: () => epochs.bornAtSeconds(),
    async claim(key, expiresAtSeconds) {
      const reply = await send(...setOnce(shards.key(shards.shardOf(key), key), life({ key, expiresAtSeconds })));
      if (reply === 'OK' || reply === null) return reply === 'OK';
      throw new RedisStoreError('reply', `Redis answered SET with ${typeof reply}`);
    },
    async spend(spending) {
      const { proof, nonce, token } = spending;
      const shard = shards.shardOf((nonce ?? proof).key);
      const own = [proof.key, ...(nonce ? [nonce.key] : []), ...(token ? entryNames(token) : [])];
      const keys = [shards.key(shard, 'epoch'), ...own.map((key) => shards.key(shard, key))] as const;
      const epoch = spending.epoch ?? (await epochs.name());
      // Where Redis' clock is ahead, nothing was claimed: its epochs are read again, and tell whether it has stepped.
      for (let attempt = 1; attempt <= 2; attempt += 1) {
        const fenced = epochs.fenceOf(epoch, shard);
        if (!fenced) return 'epoch_changed';
        const values = [...fenced, life(proof), nonce ? life(nonce) : '', String(token?.iat ?? '')];
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
  throw new RedisStoreError('reply', `Redis answered with ${typeof reply} for a spending`);
}

function setOnce(key: string, life: string): [string, [string, ...string[]]] {
  return [key, ['SET', key, '1', 'PX', life, 'NX']];
}

// A claimant whose clock is behind ours still has to find what it has spent.
const minimumRetentionSeconds = 120;

function lifeMilliseconds(seconds: number): string {
  return String(Math.ceil((seconds > 0 ? seconds : minimumRetentionSeconds) * 1000));
}
