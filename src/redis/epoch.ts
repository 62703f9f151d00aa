/** The epoch: a name that Redis cannot keep when it loses what it held. */

import { randomBytes } from '../crypto/web.ts';
import { encodeBase64url } from '../protocol/base64url.ts';
import type { SendCommand } from './client.ts';
import { redisScript } from './script.ts';
import { RedisStoreError } from './store-error.ts';

/**
 * Lua that leaves a shard's epoch (KEYS[1]) in `epoch`, and makes one where there is none (an empty or flushed server)
 * or where it is another server's: it begins with the replication id, which Redis changes when a replica is promoted and
 * when a primary starts again. So a server that may lack the last writes of the one before it never goes on under the
 * old name. ARGV[1] is what a new epoch goes on with: random text, a dot, and the time, in seconds since 1970.
 */
export const ensureEpoch = `
local replication = redis.call('INFO', 'replication')
if not string.find(replication, 'role:master', 1, true) then return redis.error_reply('KEYBOUND replica') end
local server = string.match(replication, 'master_replid:(%x+)')
if not server or #server ~= 40 then return redis.error_reply('ERR INFO replication has no master_replid') end
local epoch = redis.call('GET', KEYS[1])
if not epoch or string.sub(epoch, 1, 40) ~= server then
  epoch = server .. ARGV[1]
  redis.call('SET', KEYS[1], epoch)
end
`;

/**
 * Lua that goes on only where KEYS[1] holds the epoch that the caller goes by (ARGV[1]), on the very server that it was
 * made on, and Redis' clock is no further on than ARGV[2]. It costs a few microseconds, and leaves no moment between a
 * failover, or a step of that clock, and its notice.
 */
export const fence = `
local replication = redis.call('INFO', 'replication')
if not string.find(replication, 'role:master', 1, true) then return redis.error_reply('KEYBOUND replica') end
if redis.call('GET', KEYS[1]) ~= ARGV[1] or not string.find(replication, 'master_replid:' .. string.sub(ARGV[1], 1, 40), 1, true) then
  return 'epoch_changed'
end
local time = redis.call('TIME')
if time[1] + time[2] / 1000000 > tonumber(ARGV[2]) then return 'clock_ahead' end
`;

/** What the fence compares with: its ARGV. */
export type FenceValues = readonly [epoch: string, latestRedisSeconds: string];

/** What the fence replies where it stops a script: who was told so has the epochs read again. */
export const fenceReplies: readonly unknown[] = ['epoch_changed', 'clock_ahead'];

// INFO says which policy there is where CONFIG is closed. ARGV[2] is an epoch that is over, or '': whoever comes first of a
// fleet that has noticed replaces it.
const readEpoch = redisScript(`
local memory = redis.call('INFO', 'memory')
if string.match(memory, 'maxmemory:(%d+)') ~= '0' and string.match(memory, 'maxmemory_policy:([%w-]+)') ~= 'noeviction' then
  return redis.error_reply('KEYBOUND eviction: where maxmemory is set, maxmemory-policy must be noeviction')
end
${ensureEpoch}
if epoch == ARGV[2] then
  epoch = server .. ARGV[1]
  redis.call('SET', KEYS[1], epoch)
end
local time = redis.call('TIME')
return { epoch, time[1], time[2] }
`);

const epochPattern = /^[0-9a-f]{40}[\w-]{22}\.(\d+)$/;

/** What a new epoch is made of beside the server's own name: never the same twice. */
export function newEpochTail(nowSeconds: number): string {
  return `${encodeBase64url(randomBytes(16))}.${Math.ceil(nowSeconds)}`;
}

/** Since when it is there, in seconds since 1970. */
export function bornAtSecondsOf(epoch: string): number {
  return Number(epochPattern.exec(epoch)![1]);
}

/** What a shard says of itself: its epoch, and what its clock says. */
export interface EpochAnswer {
  readonly epoch: string;
  readonly redisSeconds: number;
}

/**
 * Asks a shard for its epoch, which stands under `key`; a new one is born at `bornAtSeconds`, also in place of `old`.
 *
 * @throws RedisStoreError where the shard does not answer, answers something else, or is set up to evict.
 */
export async function askEpoch(
  send: SendCommand,
  key: string,
  { old, bornAtSeconds }: { readonly old: string; readonly bornAtSeconds: number },
): Promise<EpochAnswer> {
  const reply = await readEpoch(send, { keys: [key], values: [newEpochTail(bornAtSeconds), old] });
  const [epoch, seconds, microseconds] = Array.isArray(reply) ? reply.map(String) : [];
  const redisSeconds = Number(seconds) + Number(microseconds) / 1e6;
  if (epoch !== undefined && epochPattern.test(epoch) && redisSeconds > 0) return { epoch, redisSeconds };
  throw new RedisStoreError('reply', `Redis answered with ${typeof reply} for the epoch`);
}
