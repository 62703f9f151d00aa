import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from 'chai';
import { Redis } from 'ioredis';
import { createSentinel } from 'redis';
import { findRedisServer } from '../../scripts/browsers/find.mjs';
import { freePort } from '../../scripts/free-port.mjs';
import { redisStores, type RedisClient } from '../../src/redis.ts';
import { patient } from '../support/redis-clients.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const host = '127.0.0.1';
const name = 'keybound';
const expiresAtSeconds = Date.now() / 1000 + 60;

/** Redis Sentinel, alone, over one primary: one that is only slow is never down to it, one that is to be down is so after half a second. */
async function startSentinel(primary: RedisServer) {
  const [folder, port] = await Promise.all([mkdtemp(join(tmpdir(), 'sentinel-')), freePort()]);
  const settings = [
    `port ${port}`, `bind ${host}`, `dir ${folder}`,
    `sentinel monitor ${name} ${host} ${primary.port} 1`,
    `sentinel down-after-milliseconds ${name} 600000`, `sentinel failover-timeout ${name} 2000`,
  ];
  const file = join(folder, 'sentinel.conf');
  await writeFile(file, settings.join('\n'));
  const sentinel = spawn(findRedisServer()!, [file, '--sentinel'], { stdio: 'ignore' });
  const endWithUs = () => void sentinel.kill('SIGKILL');
  process.once('exit', endWithUs);
  const client = new Redis(port, { retryStrategy: () => 20 });
  client.on('error', () => {});
  return {
    port,
    command: (...parameters: string[]) => client.call('SENTINEL', ...parameters),
    expectDeath: () => client.call('SENTINEL', 'SET', name, 'down-after-milliseconds', '500'),
    async stop() {
      client.disconnect();
      const exited = once(sentinel, 'exit');
      sentinel.kill('SIGKILL');
      await exited;
      process.off('exit', endWithUs);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const clients = [
  ['node-redis', async (port: number) => {
    const client = createSentinel({ name, sentinelRootNodes: [{ host, port }], nodeClientOptions: { socket: { reconnectStrategy: () => 20 } } });
    client.on('error', () => {});
    await client.connect();
    return { client: client as RedisClient, close: () => client.destroy() };
  }],
  ['ioredis', async (port: number) => {
    const client = new Redis({ name, sentinels: [{ host, port }], sentinelRetryStrategy: () => 20, retryStrategy: () => 20 });
    client.on('error', () => {});
    return { client: client as RedisClient, close: () => client.disconnect() };
  }],
] as const;

describe('redis stores with Sentinel', () => {
  for (const [client, connect] of clients) {
    it(`has another epoch after a failover, and needs no restart, over ${client}`, async () => {
      const [primary, replica] = await Promise.all([startRedis(), startRedis()]);
      await replica.command('REPLICAOF', host, primary.port);
      await primary.replicated();
      const sentinel = await startSentinel(primary);
      await until(async () => {
        const replicas = await sentinel.command('REPLICAS', name).catch(() => []);
        return Array.isArray(replicas) && replicas.length === 1;
      });
      const connection = await connect(sentinel.port);
      try {
        const { replayStore } = redisStores(connection.client, patient);
        const epoch = await replayStore.epoch!();
        const spending = { proof: { key: 'proof:a', expiresAtSeconds }, jkt: 'x', epoch };
        assert.equal(await replayStore.spend!(spending), 'spent');
        assert.equal(await replayStore.spend!(spending), 'proof_replayed');
        await primary.replicated();
        await primary.kill();
        await sentinel.expectDeath();
        const outcome = await until(() => replayStore.spend!(spending).catch(() => undefined));
        assert.equal(outcome, 'epoch_changed');
        assert.notEqual(await replayStore.epoch!(), epoch);
        assert.equal(await replica.command('EXISTS', '{keybound:0}proof:a'), 1);
      } finally {
        connection.close();
        await Promise.all([sentinel.stop(), primary.stop(), replica.stop()]);
      }
    });
  }
});
