/** What a server remembers: in Redis, with all others, or alone. */

import { createClient } from 'redis';
import { memoryReplayStore, memoryRevocation, type ReplayStore, type RevocationSink, type RevocationSource } from 'keybound/resource-server';
import { redisStores } from 'keybound/redis';
import type { Setting } from './directions.ts';

export interface Memory {
  readonly replayStore: ReplayStore;
  readonly revocation: RevocationSource & RevocationSink;
  /** How long the servers wait for it. */
  readonly storeTimeoutSeconds: number;
  close(): void;
}

// A laptop that shows a demo may be busy: that is no failure of Redis. Servers want twice as long as its stores, less 0.4, or do not start.
const [operationTimeoutSeconds, storeTimeoutSeconds] = [5, 10];

export async function openMemory({ redis, prefix }: Setting): Promise<Memory> {
  if (redis === undefined) return { replayStore: memoryReplayStore(), revocation: memoryRevocation(), storeTimeoutSeconds, close() {} };
  const client = createClient({ socket: { path: redis, tls: false } });
  // That Redis is gone, its keeper says; until then requests are answered with 503.
  client.on('error', () => {});
  await client.connect();
  const stores = redisStores(client, { prefix, operationTimeoutSeconds });
  await stores.ready();
  return { ...stores, storeTimeoutSeconds, close: () => client.destroy() };
}
