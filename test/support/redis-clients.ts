/** Connections over both client packages, which connect again by themselves. */

import { Redis } from 'ioredis';
import { createClient } from 'redis';
import type { RedisClient } from '../../src/redis.ts';

export interface Connection {
  readonly client: RedisClient;
  close(): void;
}

const host = '127.0.0.1';
const retryMilliseconds = 20;

/** For stores whose test does not ask how fast Redis is: a busy machine may keep a command waiting for longer than 0.5 seconds. */
export const patient = { operationTimeoutSeconds: 5 } as const;

/** For servers with such stores: at least twice as long less 0.4, or they do not start. */
export const patientServer = { storeTimeoutSeconds: 10 } as const;

/** Over node-redis. */
export async function connectNodeRedis(port: number): Promise<Connection> {
  const client = createClient({ socket: { host, port, reconnectStrategy: () => retryMilliseconds }, disableOfflineQueue: true });
  client.on('error', () => {});
  await client.connect();
  return { client, close: () => client.isOpen && client.destroy() };
}

/** Over ioredis, which is ready a moment later. */
export async function connectIoRedis(port: number): Promise<Connection> {
  const client = new Redis({ host, port, retryStrategy: () => retryMilliseconds, autoResendUnfulfilledCommands: false });
  client.on('error', () => {});
  return { client, close: () => client.disconnect() };
}

/** Both, by the names of their packages. */
export const clients = [['node-redis', connectNodeRedis], ['ioredis', connectIoRedis]] as const;
