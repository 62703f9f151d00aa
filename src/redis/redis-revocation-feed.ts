/** Revocations in Redis in their order: what mirrors in the verifiers' own memory are fed by. */

import type { FeedEntry, FeedPage, FeedPosition, RevocationFeed } from '../stores/revocation-feed.ts';
import { revocationRetentionSeconds, type Revocation } from '../stores/revocation.ts';
import type { SendCommand } from './client.ts';
import { ensureEpoch, newEpochTail } from './epoch.ts';
import { redisScript, type ScriptCall } from './script.ts';
import type { Shards } from './shards.ts';
import { RedisStoreError } from './store-error.ts';

// How many entries a reader may have missed before it has to take a snapshot: the log is not the memory.
const logLength = 10_000;

const pageLength = 500;

// The names in the first shard: everything alive by when it may be forgotten, the count, the log, the sign of life.
const feedKeys = (shards: Shards) => ['epoch', 'feed:live', 'feed:sequence', 'feed:log', 'feed:pulse'].map((name) => shards.key(0, name)) as [string, ...string[]];

/**
 * ARGV: a new epoch's tail, the revocation as JSON, when it may be forgotten, now. What has ended by that clock and by Redis'
 * own is forgotten; one that ended before it came is kept for a while.
 */
const append = redisScript(`${ensureEpoch}
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', math.min(now, tonumber(ARGV[4])))
redis.call('ZADD', KEYS[2], math.max(now + ${revocationRetentionSeconds}, tonumber(ARGV[3])), ARGV[2])
local sequence = redis.call('INCR', KEYS[3])
redis.call('XADD', KEYS[4], 'MAXLEN', '~', ${logLength}, sequence .. '-0', 'r', ARGV[2])
return sequence
`);

/**
 * ARGV: a new epoch's tail, the generation and the sequence of the position, '1' for a sign of life. That sign is a write
 * so that a primary that is cut off from its replicas fails here (`min-replicas-to-write`), and does not pass for fresh.
 */
const readOn = redisScript(`${ensureEpoch}
if ARGV[4] == '1' then redis.call('SET', KEYS[5], '1') end
local reply = { epoch, redis.call('GET', KEYS[3]) or '0' }
if ARGV[2] ~= epoch then return reply end
for _, entry in ipairs(redis.call('XRANGE', KEYS[4], string.format('%.0f-0', tonumber(ARGV[3]) + 1), '+', 'COUNT', ${pageLength})) do
  reply[#reply + 1] = string.match(entry[1], '^%d+')
  reply[#reply + 1] = entry[2][2]
end
return reply
`);

/** Appends to the feed. Entries are in the store already: whoever reads of one finds it there. */
export async function writeFeed(send: SendCommand, shards: Shards, values: ScriptCall['values']): Promise<void> {
  const reply = await append(send, { keys: feedKeys(shards), values });
  if (!(Number(reply) > 0)) throw new RedisStoreError('reply', `Redis answered with ${typeof reply} for a revocation`);
}

/** What the feed is made of. */
export interface RedisRevocationFeedParts {
  readonly send: SendCommand;
  readonly shards: Shards;
  readonly nowSeconds: () => number;
  readonly pollSeconds: number;
}

/**
 * The feed over a connection that others use too, so it asks again and again (`pollSeconds`) and never blocks. Another
 * epoch of the first shard is another generation. The log holds the last 10,000 entries; who is further behind takes a
 * snapshot.
 */
export function redisRevocationFeed(parts: RedisRevocationFeedParts): RevocationFeed {
  return {
    async snapshot(signal) {
      const { position } = await readPage({ generation: '', sequence: 0 }, { beat: true }, parts);
      signal.throwIfAborted();
      return { position, revocations: readLive(parts, signal) };
    },
    async read(after, { waitSeconds, signal }) {
      const deadline = performance.now() + waitSeconds * 1000;
      for (let beat = true; ; beat = false) {
        signal.throwIfAborted();
        const page = await readPage(after, { beat }, parts);
        const isNews = page.entries.length > 0 || page.position.generation !== after.generation || page.position.sequence !== after.sequence;
        const leftSeconds = (deadline - performance.now()) / 1000;
        if (isNews || leftSeconds <= 0) return page;
        await delay(Math.min(leftSeconds, parts.pollSeconds), signal);
      }
    },
  };
}

async function readPage(after: FeedPosition, { beat }: { readonly beat: boolean }, parts: RedisRevocationFeedParts): Promise<FeedPage> {
  const values = [newEpochTail(parts.nowSeconds()), after.generation, String(after.sequence), beat ? '1' : ''];
  const reply = await readOn(parts.send, { keys: feedKeys(parts.shards), values });
  if (!Array.isArray(reply) || reply.length < 2) throw new RedisStoreError('reply', `Redis answered with ${typeof reply} for the feed`);
  const [generation, sequence, ...rest] = reply.map(String);
  const entries = rest.flatMap((text, index): FeedEntry[] => (index % 2 ? [{ sequence: Number(rest[index - 1]), revocation: parse(text) }] : []));
  return { position: { generation: generation!, sequence: Number(sequence) }, entries };
}

/**
 * Whatever is alive from the first step to the last is found; what comes on the way is in the log. What has ended may be
 * among it until the next one is appended: our clock, which may be ahead, leaves nothing out.
 */
async function* readLive({ send, shards }: RedisRevocationFeedParts, signal: AbortSignal): AsyncGenerator<Revocation> {
  const key = shards.key(0, 'feed:live');
  let cursor = '0';
  do {
    signal.throwIfAborted();
    const reply = await send(key, ['ZSCAN', key, cursor, 'COUNT', String(pageLength)]);
    if (!Array.isArray(reply) || !Array.isArray(reply[1])) throw new RedisStoreError('reply', 'Redis answered ZSCAN with no list');
    const members = reply[1].map(String);
    for (let index = 0; index < members.length; index += 2) yield parse(members[index]!);
    cursor = String(reply[0]);
  } while (cursor !== '0');
}

function parse(text: string): Revocation {
  try {
    return JSON.parse(text) as Revocation;
  } catch (cause) {
    throw new RedisStoreError('reply', 'Redis holds a revocation that is no JSON', { cause });
  }
}

function delay(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, seconds * 1000);
    signal.addEventListener('abort', abort, { once: true });
  });
}
