/** What the replicas of a primary have: asked where a write must outlive its primary. */

import type { SendCommand } from './client.ts';
import { ensureEpoch, newEpochTail } from './epoch.ts';
import { redisScript } from './script.ts';
import type { Shards } from './shards.ts';
import { RedisStoreError } from './store-error.ts';

// The epoch says that it is the same primary as before; the offsets, how much each replica has acknowledged.
const readReplication = redisScript(`${ensureEpoch}
local reply = { epoch, string.match(replication, 'master_repl_offset:(%d+)') }
for offset in string.gmatch(replication, 'state=online,offset=(%d+)') do reply[#reply + 1] = offset end
return reply
`);

interface Replication {
  readonly epoch: string;
  readonly offset: number;
  readonly acknowledged: readonly number[];
}

/** What it takes to wait for replicas. */
export interface ReplicasParts {
  readonly send: SendCommand;
  readonly shards: Shards;
  readonly nowSeconds: () => number;
  readonly acknowledgingReplicas: number;
}

// Replicas acknowledge when WAIT asks them to, and each second in any case.
const patienceSeconds = 2;
const waitMilliseconds = 100;

/**
 * Writes, and resolves when enough replicas of every shard have what was written. It goes by what the primary says of
 * its replicas, not by the number that WAIT gives: that is about one connection, and is worthless on a new one.
 *
 * @throws RedisStoreError where they have not in two seconds, or another primary took over meanwhile. What was written
 *   stays written.
 */
export async function writeToReplicas(write: () => Promise<void>, parts: ReplicasParts): Promise<void> {
  if (parts.acknowledgingReplicas === 0) return write();
  const all = Array.from({ length: parts.shards.count }, (_, shard) => shard);
  const before = await Promise.all(all.map((shard) => replicationOf(shard, parts)));
  await write();
  await Promise.all(all.map((shard) => waitForReplicas(shard, before[shard]!.epoch, parts)));
}

async function waitForReplicas(shard: number, epoch: string, parts: ReplicasParts): Promise<void> {
  const { send, shards, acknowledgingReplicas } = parts;
  const { offset } = await replicationOf(shard, parts, epoch);
  const deadline = performance.now() + patienceSeconds * 1000;
  while (performance.now() < deadline) {
    const turn = new Promise((resolve) => { setTimeout(resolve, waitMilliseconds / 2); });
    await send(shards.key(shard, 'epoch'), ['WAIT', String(acknowledgingReplicas), String(waitMilliseconds)]);
    const { acknowledged } = await replicationOf(shard, parts, epoch);
    if (acknowledged.filter((has) => has >= offset).length >= acknowledgingReplicas) return;
    await turn;
  }
  throw new RedisStoreError('not-primary', `The revocation is written, but fewer than ${acknowledgingReplicas} replicas have it`);
}

async function replicationOf(shard: number, { send, shards, nowSeconds }: ReplicasParts, expectedEpoch?: string): Promise<Replication> {
  const reply = await readReplication(send, { keys: [shards.key(shard, 'epoch')], values: [newEpochTail(nowSeconds())] });
  const [epoch, ...offsets] = Array.isArray(reply) ? reply.map(String) : [];
  const [offset, ...acknowledged] = offsets.map(Number);
  if (epoch === undefined || !(offset !== undefined && offset >= 0)) throw new RedisStoreError('reply', 'Redis said nothing of its replication');
  if (expectedEpoch !== undefined && epoch !== expectedEpoch) throw new RedisStoreError('not-primary', 'Another primary took over meanwhile');
  return { epoch, offset, acknowledged };
}
