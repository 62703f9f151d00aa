/** What is revoked, in Redis: every verifier of a fleet asks one memory. */

import {
  readRevocation,
  revocationKeys,
  revocationRetentionSeconds,
  type Revocation,
  type RevocationEntry,
  type RevocationSink,
  type RevocationSource,
  type TokenIdentity,
} from '../stores/revocation.ts';
import { entryLife } from './clock.ts';
import { fence, fenceReplies, newEpochTail } from './epoch.ts';
import type { Epochs } from './epochs.ts';
import { writeFeed } from './redis-revocation-feed.ts';
import { writeToReplicas, type ReplicasParts } from './replicas.ts';
import { redisScript } from './script.ts';
import { RedisStoreError } from './store-error.ts';

const anyAge = '*';

/** Lua that tells whether one of the keys from `first` on revokes a token of that `iat` ('' where it has none). */
export const revocationCheck = `
local function isRevoked(first, iat)
  if #KEYS < first then return false end
  for _, notBefore in ipairs(redis.call('MGET', unpack(KEYS, first))) do
    if notBefore and (notBefore == '${anyAge}' or iat == '' or tonumber(iat) <= tonumber(notBefore)) then return true end
  end
  return false
end
`;

/**
 * KEYS: the epoch, a key that is never there, then what may be revoked. ARGV: the fence's, the token's iat or ''. The
 * deletion changes nothing and is a write, so that a primary that is cut off from its replicas fails here
 * (`min-replicas-to-write`) and one that is full does not.
 */
const checkEntries = redisScript(`${revocationCheck}${fence}
redis.call('DEL', KEYS[2])
return isRevoked(3, ARGV[3]) and 'revoked' or 'not_revoked'
`);

/**
 * KEYS: the entry. ARGV: the entry's time or '*', its life in milliseconds, when it ends (in milliseconds since 1970). Of two
 * under one key, the later times count.
 */
const writeEntry = redisScript(`${entryLife}
local old = redis.call('GET', KEYS[1])
local notBefore = ARGV[1]
if old and (old == '${anyAge}' or (notBefore ~= '${anyAge}' and tonumber(old) > tonumber(notBefore))) then notBefore = old end
local life = tonumber(lifeOf(ARGV[2], ARGV[3], redis.call('TIME')))
redis.call('SET', KEYS[1], notBefore, 'PX', math.max(life, redis.call('PTTL', KEYS[1])))
return 'written'
`);

/** Where the entries that may mean a token lie in a shard. */
export function entryNames(token: TokenIdentity): string[] {
  return revocationKeys(token).map(entryName);
}

const entryName = (key: string) => `revoked:${key}`;

/** What revocation in Redis is made of. */
export interface RedisRevocationParts extends ReplicasParts {
  readonly epochs: Epochs;
}

/**
 * Both sides of revocation in Redis. Each shard has all entries, so that a spending can look them up where it is; the
 * feed is in the first shard, and is written last.
 */
export function redisRevocation(parts: RedisRevocationParts): RevocationSource & RevocationSink {
  return {
    async check(token) {
      const names = entryNames(token);
      return names.length > 0 && isRevoked(names, token, parts);
    },
    async revoke(revocation) {
      const entry = readRevocation(revocation);
      await writeToReplicas(async () => {
        await writeEntries(entry, parts);
        await publish(revocation, entry, parts);
      }, parts);
    },
  };
}

// One that has expired by our clock is written too: that clock may be ahead.
async function writeEntries({ key, notBeforeSeconds, expiresAtSeconds }: RevocationEntry, { send, shards, nowSeconds }: ReplicasParts): Promise<void> {
  const notBefore = notBeforeSeconds === Infinity ? anyAge : String(notBeforeSeconds);
  const endsAtSeconds = expiresAtSeconds + revocationRetentionSeconds;
  const lifeSeconds = Math.max(endsAtSeconds - nowSeconds(), revocationRetentionSeconds);
  const values = [notBefore, ...[lifeSeconds, endsAtSeconds].map((seconds) => String(Math.ceil(seconds * 1000)))];
  const all = Array.from({ length: shards.count }, (_, shard) => shards.key(shard, entryName(key)));
  const replies = await Promise.all(all.map((name) => writeEntry(send, { keys: [name], values })));
  if (!replies.every((reply) => reply === 'written')) throw new RedisStoreError('reply', 'Redis did not confirm a revocation');
}

async function publish(revocation: Revocation, { expiresAtSeconds }: RevocationEntry, parts: ReplicasParts): Promise<void> {
  const { send, shards, nowSeconds } = parts;
  const now = nowSeconds();
  const times = [String(expiresAtSeconds + revocationRetentionSeconds), String(now)];
  await writeFeed(send, shards, [newEpochTail(now), JSON.stringify(revocation), ...times]);
}

// A new epoch says that Redis may have lost something, not whether this token was in it: what is there now is what counts,
// as it does for a spending.
async function isRevoked(names: readonly string[], { iat }: TokenIdentity, { send, shards, epochs }: RedisRevocationParts): Promise<boolean> {
  const shard = shards.shardOf(names[0]!);
  const keys = [shards.key(shard, 'epoch'), ...['never', ...names].map((name) => shards.key(shard, name))] as const;
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    const reply = await checkEntries(send, { keys, values: [...(await epochs.fenceNow(shard)), String(iat ?? '')] });
    if (reply === 'revoked' || reply === 'not_revoked') return reply === 'revoked';
    if (!fenceReplies.includes(reply)) throw new RedisStoreError('reply', `Redis answered with ${typeof reply} for a revocation`);
    epochs.expire();
  }
  throw new RedisStoreError('not-primary', 'Redis was another one each time that it was asked');
}
