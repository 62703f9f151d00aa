import { assert } from 'chai';
import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { redisStores, type RedisClient } from '../../src/redis.ts';
import { patient } from '../support/redis-clients.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const host = '127.0.0.1';
const soon = () => Date.now() / 1000 + 60;

async function startCluster(count: number): Promise<RedisServer[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => startRedis(['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'])));
  const size = Math.ceil(16_384 / count);
  for (const [index, server] of servers.entries()) {
    await server.command('CLUSTER', 'ADDSLOTSRANGE', index * size, Math.min(16_383, (index + 1) * size - 1));
    await server.command('CLUSTER', 'MEET', host, servers[0]!.port);
  }
  await until(async () => {
    const states = await Promise.all(servers.map((server) => server.command('CLUSTER', 'INFO')));
    return states.every((state) => String(state).includes('cluster_state:ok') && String(state).includes(`cluster_known_nodes:${count}`));
  });
  // A node that is slow, or that a test freezes, stays a node.
  await Promise.all(servers.map((server) => server.command('CONFIG', 'SET', 'cluster-node-timeout', 600_000)));
  return servers;
}

const clusterClients = [
  ['node-redis', async ({ port }: RedisServer) => {
    const client = createCluster({ rootNodes: [{ socket: { host, port } }] });
    client.on('error', () => {});
    await client.connect();
    return { client: client as RedisClient, close: () => client.destroy() };
  }],
  ['ioredis', async ({ port }: RedisServer) => {
    const client = new Cluster([{ host, port }]);
    client.on('error', () => {});
    return { client: client as RedisClient, close: () => client.disconnect() };
  }],
] as const;

describe('redis stores on a cluster of three', () => {
  let servers: RedisServer[];

  before(async () => {
    servers = await startCluster(3);
  });

  after(() => Promise.all(servers.map((server) => server.stop())));

  for (const [name, connect] of clusterClients) {
    it(`spends once, revokes on every shard and feeds mirrors over ${name}`, async () => {
      const { client, close } = await connect(servers[0]!);
      const prefix = `${name}:`;
      const [one, two] = [redisStores(client, { ...patient, prefix, shards: 16 }), redisStores(client, { ...patient, prefix, shards: 16 })];
      await until(() => one.ready().then(() => true, () => undefined));
      const keys = Array.from({ length: 200 }, (_, n) => `proof:${n}`);
      const spend = ({ replayStore }: typeof one, key: string) =>
        replayStore.spend!({ proof: { key, expiresAtSeconds: soon() }, jkt: 'x', token: { jti: 'a' } });
      const outcomes = await Promise.all(keys.flatMap((key) => [spend(one, key), spend(two, key)]));
      assert.lengthOf(outcomes.filter((outcome) => outcome === 'spent'), 200);
      assert.lengthOf(outcomes.filter((outcome) => outcome === 'proof_replayed'), 200);
      const sizes = await Promise.all(servers.map((server) => server.command('DBSIZE')));
      assert.isTrue(sizes.every((size) => Number(size) > 10), `each node has some: ${sizes.join(' ')}`);
      assert.isTrue(await one.replayStore.claim('once', soon()));
      assert.isFalse(await two.replayStore.claim('once', soon()));

      await one.revocation.revoke({ jti: 'a', expiresAtSeconds: soon() });
      const later = await Promise.all(keys.map((key) => spend(two, `later ${key}`)));
      assert.isTrue(later.every((outcome) => outcome === 'token_revoked'));
      assert.isTrue(await two.revocation.check({ jti: 'a' }));
      const { position, revocations } = await two.revocationFeed.snapshot(new AbortController().signal);
      assert.equal(position.sequence, 1);
      for await (const revocation of revocations) assert.propertyVal(revocation, 'jti', 'a');
      close();
    });

    it(`has every nonce renewed when one node of three was flushed, over ${name}`, async () => {
      const { client, close } = await connect(servers[0]!);
      const { replayStore } = redisStores(client, { ...patient, prefix: `${name}:`, shards: 16, epochLifetimeSeconds: 1000 });
      const epoch = await replayStore.epoch!();
      const spent = Array.from({ length: 50 }, (_, n) => ({ proof: { key: `proof:f${n}`, expiresAtSeconds: soon() }, jkt: 'x', epoch }));
      for (const spending of spent) assert.equal(await replayStore.spend!(spending), 'spent');
      await servers[1]!.command('FLUSHALL');
      const copies = await Promise.all(spent.map((spending) => replayStore.spend!(spending)));
      assert.sameMembers([...new Set(copies)], ['proof_replayed', 'epoch_changed']);
      assert.notEqual(await replayStore.epoch!(), epoch);
      close();
    });

    it(`answers for the shards that live when one node is down, over ${name}`, async () => {
      const { client, close } = await connect(servers[0]!);
      const { replayStore } = redisStores(client, { prefix: `${name}:`, shards: 16, epochLifetimeSeconds: 0, operationTimeoutSeconds: 1 });
      const epoch = await until(() => replayStore.epoch!().catch(() => undefined));
      servers[2]!.freeze();
      try {
        assert.equal(await replayStore.epoch!(), epoch);
        const spend = (n: number) => replayStore.spend!({ proof: { key: `proof:d${n}`, expiresAtSeconds: soon() }, jkt: 'x', epoch });
        const results = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => spend(n)));
        assert.sameMembers([...new Set(results.map((result) => (result.status === 'fulfilled' ? result.value : 'rejected')))], ['spent', 'rejected']);
      } finally {
        servers[2]!.thaw();
        close();
      }
    });
  }
});
