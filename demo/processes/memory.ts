/** What a server remembers: in Redis, with all others, or alone. */

import { createClient } from 'redis';
import { memoryReplayStore, memoryRevocation, type ReplayStore, type RevocationSink, type RevocationSource } from 'keybound/resource-server';
import { redisStores } from 'keybound/redis';
import type { Setting } from './directions.ts';

export interface Memory {
  readonly replayStore: ReplayStore;
  readonly revocation: RevocationSource & RevocationSink;
  close(): void;
}

export async function openMemory({ redis, prefix }: Setting): Promise<Memory> {
  if (redis === undefined) return { replayStore: memoryReplayStore(), revocation: memoryRevocation(), close() {} };
  const client = createClient({ socket: { path: redis, tls: false } });
  // That Redis is gone, its keeper says; until then requests are answered with 503.
  client.on('error', () => {});
  await client.connect();
  const stores = redisStores(client, { prefix });
  await stores.ready();
  return { ...stores, close: () => client.destroy() };
}
