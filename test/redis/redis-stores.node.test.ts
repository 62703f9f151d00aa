import { assert } from 'chai';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { createResourceServer } from '../../src/resource-server.ts';
import { redisStores, type RedisClient } from '../../src/redis.ts';
import { createApi } from '../support/api.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';

interface Connection {
  readonly client: RedisClient;
  close(): void;
}

async function connectNodeRedis(path: string): Promise<Connection> {
  const client = createClient({ socket: { path, reconnectStrategy: false } });
  client.on('error', () => {});
  await client.connect();
  return { client, close: () => client.isOpen && client.destroy() };
}

async function connectIoRedis(path: string): Promise<Connection> {
  const client = new Redis(path, { retryStrategy: () => null });
  client.on('error', () => {});
  return { client, close: () => client.disconnect() };
}

const clients = [['node-redis', connectNodeRedis], ['ioredis', connectIoRedis]] as const;

for (const [name, connect] of clients) {
  describe(`redis stores over ${name}, against a real server`, () => {
    let server: RedisServer;
    let connection: Connection;
    const soon = () => Date.now() / 1000 + 60;

    before(async () => {
      server = await startRedis();
    });

    after(() => server.stop());

    beforeEach(async () => {
      connection = await connect(server.socket);
    });

    afterEach(() => connection.close());

    async function rejection(promise: Promise<unknown>): Promise<unknown> {
      return promise.then(() => assert.fail('it should have been rejected'), (error: unknown) => error);
    }

    it('gives one of fifty parallel claims the key (RFC 9449 §11.1)', async () => {
      const other = await connect(server.socket);
      const stores = [redisStores(connection.client), redisStores(other.client)];
      const key = crypto.randomUUID();
      const claims = Array.from({ length: 50 }, (_, index) => stores[index % 2]!.replayStore.claim(key, soon()));
      assert.lengthOf((await Promise.all(claims)).filter(Boolean), 1);
      other.close();
    });

    it('keeps a key exactly as long as it is asked to, under its prefix', async () => {
      const { replayStore } = redisStores(connection.client, { prefix: 'shop:', nowSeconds: () => 1000 });
      const key = crypto.randomUUID();
      assert.isTrue(await replayStore.claim(key, 1070.5));
      const raw = await connect(server.socket);
      const ttl = Number(await send(raw.client, 'PTTL', `shop:${key}`));
      assert.isAtMost(ttl, 70_500);
      assert.isAbove(ttl, 60_000);
      raw.close();
    });

    it('keeps a key for a while that is claimed after its time, by a clock that is ahead', async () => {
      const { replayStore } = redisStores(connection.client);
      const key = crypto.randomUUID();
      assert.isTrue(await replayStore.claim(key, 1));
      assert.isFalse(await replayStore.claim(key, 1));
    });

    it('frees a key when its time is over', async () => {
      const { replayStore } = redisStores(connection.client);
      const key = crypto.randomUUID();
      const expiresAtSeconds = Date.now() / 1000 + 0.05;
      assert.isTrue(await replayStore.claim(key, expiresAtSeconds));
      while (!(await replayStore.claim(key, soon()))) assert.isBelow(Date.now() / 1000, expiresAtSeconds + 5);
    });

    it('shows a revoked token to every replica, and no other token', async () => {
      const other = await connect(server.socket);
      const [issuer, replica] = [redisStores(connection.client).revocation, redisStores(other.client).revocation];
      const jti = crypto.randomUUID();
      assert.isFalse(await replica.check({ jti }));
      await issuer.revoke({ jti, expiresAtSeconds: soon() });
      await issuer.revoke({ jti, expiresAtSeconds: soon() });
      assert.isTrue(await replica.check({ jti }));
      assert.isFalse(await replica.check({ jti: `${jti}x` }));
      assert.isFalse(await replica.check({ sub: 'alice' }));
      other.close();
    });

    it('stops on replica B a proof that was spent on replica A', async () => {
      const { replayStore } = redisStores(connection.client);
      const nonce = { policy: 'single-use', secret: 'a secret of thirty-two bytes or more' } as const;
      const api = await createApi({ replayStore, nonce });
      const other = await connect(server.socket);
      const replicaB = createResourceServer({ ...api.options, replayStore: redisStores(other.client).replayStore });
      const request = await api.request({ nonce: await api.fetchNonce() });
      assert.isTrue((await api.verify(request)).ok);
      assert.propertyVal(await replicaB.verify(request), 'code', 'proof_replayed');
      other.close();
    });

    it('rejects in time where the server hangs', async () => {
      const { replayStore, revocation } = redisStores(connection.client, { operationTimeoutSeconds: 0.05 });
      server.freeze();
      try {
        const start = performance.now();
        assert.instanceOf(await rejection(replayStore.claim('x', soon())), Error);
        assert.instanceOf(await rejection(revocation.check({ jti: 'x' })), Error);
        assert.instanceOf(await rejection(revocation.revoke({ jti: 'x', expiresAtSeconds: soon() })), Error);
        assert.isBelow(performance.now() - start, 1000);
      } finally {
        server.thaw();
      }
    });

    it('rejects in time where the server is killed, which the verifier answers with 503', async () => {
      const doomed = await startRedis();
      const { client, close } = await connect(doomed.socket);
      const { replayStore } = redisStores(client);
      assert.isTrue(await replayStore.claim(crypto.randomUUID(), soon()));
      await doomed.stop();
      const start = performance.now();
      assert.instanceOf(await rejection(replayStore.claim('x', soon())), Error);
      assert.isBelow(performance.now() - start, 2000);
      const api = await createApi({ replayStore, nonce: { policy: 'none' } });
      const decision = await api.send();
      assert.propertyVal(decision, 'code', 'verifier_unavailable');
      close();
    });
  });
}

describe('redis stores: misuse', () => {
  it('is a TypeError at the start: no client, no time', () => {
    const client = { call: async () => 'OK' };
    assert.throws(() => redisStores({} as RedisClient), TypeError);
    assert.throws(() => redisStores(undefined as unknown as RedisClient), TypeError);
    assert.throws(() => redisStores(client, { operationTimeoutSeconds: 0 }), TypeError);
  });

  it('takes no reply but those that Redis has, as numbers or as text', async () => {
    const { replayStore, revocation } = redisStores({ call: async () => undefined });
    assert.instanceOf(await replayStore.claim('x', 1).catch((error: unknown) => error), TypeError);
    assert.instanceOf(await revocation.check({ jti: 'x' }).catch((error: unknown) => error), TypeError);
    assert.isTrue(await redisStores({ call: async () => '1' }).revocation.check({ jti: 'x' }));
  });
});

function send(client: RedisClient, command: string, ...parameters: string[]): Promise<unknown> {
  return 'call' in client ? client.call(command, ...parameters) : client.sendCommand([command, ...parameters]);
}
