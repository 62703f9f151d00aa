/** Spent proofs and nonces in Redis: whoever comes first of a whole fleet has them. */

import type { Claim, ReplayStore, SpendOutcome } from '../stores/replay-store.ts';
import type { RevocationSource } from '../stores/revocation.ts';
import type { SendCommand } from './client.ts';
import { fence, type Epochs } from './epochs.ts';
import { entryNames, revocationCheck } from './redis-revocation.ts';
import { redisScript } from './script.ts';
import type { Shards } from './shards.ts';
import { RedisStoreError } from './store-error.ts';

/**
 * KEYS: the epoch, the proof, the single-use nonce where there is one, then what may be revoked. ARGV: the epoch, the
 * proof's life, the nonce's life or '' (both in milliseconds), the token's iat or ''.
 */
const spendAll = redisScript(`${revocationCheck}${fence}
local first = ARGV[3] == '' and 3 or 4
if isRevoked(first, ARGV[4]) then return 'token_revoked' end
if not redis.call('SET', KEYS[2], '1', 'PX', ARGV[2], 'NX') then return 'proof_replayed' end
if ARGV[3] ~= '' and not redis.call('SET', KEYS[3], '1', 'PX', ARGV[3], 'NX') then return 'nonce_reused' end
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
      const epoch = epochs.partOf(spending.epoch ?? (await epochs.name()), shard);
      if (epoch === undefined) return 'epoch_changed';
      const own = [proof.key, ...(nonce ? [nonce.key] : []), ...(token ? entryNames(token) : [])];
      const keys = [shards.key(shard, 'epoch'), ...own.map((key) => shards.key(shard, key))] as const;
      const values = [epoch, life(proof), nonce ? life(nonce) : '', String(token?.iat ?? '')];
      return outcome(await spendAll(send, { keys, values }), epochs);
    },
  };
}

function outcome(reply: unknown, epochs: Epochs): SpendOutcome {
  if (!outcomes.includes(reply)) throw new RedisStoreError('reply', `Redis answered with ${typeof reply} for a spending`);
  if (reply === 'epoch_changed') epochs.expire();
  return reply as SpendOutcome;
}

function setOnce(key: string, life: string): [string, [string, ...string[]]] {
  return [key, ['SET', key, '1', 'PX', life, 'NX']];
}

// A claimant whose clock is behind ours still has to find what it has spent.
const minimumRetentionSeconds = 120;

function lifeMilliseconds(seconds: number): string {
  return String(Math.ceil((seconds > 0 ? seconds : minimumRetentionSeconds) * 1000));
}
