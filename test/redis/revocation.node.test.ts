import { assert } from 'chai';
import { redisStores, RedisStoreError } from '../../src/redis.ts';
import type { Revocation, TokenIdentity } from '../../src/stores/revocation.ts';
import { createApi } from '../support/api.ts';
import { clients, patient, patientServer, type Connection } from '../support/redis-clients.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const expiresAtSeconds = Date.now() / 1000 + 60;
const jkt = 't'.repeat(43);
const token: TokenIdentity = {
  iss: 'https://login.example.com', jti: 'token-1', sub: 'alice', sid: 'session-1', client_id: 'shop', jkt, iat: 1000,
};

const rows: readonly (readonly [string, Revocation, TokenIdentity, boolean])[] = [
  ['the jti', { jti: 'token-1', expiresAtSeconds }, token, true],
  ['the jti, by its issuer', { iss: token.iss!, jti: 'token-1', expiresAtSeconds }, token, true],
  ['the jti of another issuer', { iss: 'https://other.example', jti: 'token-1', expiresAtSeconds }, token, false],
  ['another jti', { jti: 'token-2', expiresAtSeconds }, token, false],
  ['the user, up to its iat', { sub: 'alice', notBeforeSeconds: 1000, expiresAtSeconds }, token, true],
  ['the user, before its iat', { sub: 'alice', notBeforeSeconds: 999.5, expiresAtSeconds }, token, false],
  ['the user, of a token that has no iat', { sub: 'alice', notBeforeSeconds: 1, expiresAtSeconds }, { sub: 'alice' }, true],
  ['the session', { sid: 'session-1', notBeforeSeconds: 2000, expiresAtSeconds }, token, true],
  ['the client', { client_id: 'shop', notBeforeSeconds: 2000, expiresAtSeconds }, token, true],
  ['the key', { jkt, notBeforeSeconds: 2000, expiresAtSeconds }, token, true],
  ['a user named like the client', { sub: 'shop', notBeforeSeconds: 2000, expiresAtSeconds }, token, false],
  ['the jti, long ago expired by the clock of who revokes it', { jti: 'token-1', expiresAtSeconds: 1 }, token, true],
];

for (const [name, connect] of clients) {
  describe(`redis revocation over ${name}`, () => {
    let server: RedisServer;
    let connection: Connection;

    before(async () => {
      server = await startRedis();
      connection = await connect(server.port);
    });

    beforeEach(() => server.command('FLUSHALL'));

    after(async () => {
      connection.close();
      await server.stop();
    });

    const spend = (stores: ReturnType<typeof redisStores>, spent: TokenIdentity) =>
      stores.replayStore.spend!({ proof: { key: `proof:${crypto.randomUUID()}`, expiresAtSeconds }, jkt, token: spent });

    for (const [what, revocation, asked, revoked] of rows) {
      it(`${revoked ? 'stops' : 'lets pass'}, asked and in the spending, after a revocation of ${what}`, async () => {
        for (const shards of [1, 3]) {
          const [issuer, replica] = [redisStores(connection.client, { ...patient, shards }), redisStores(connection.client, { ...patient, shards })];
          assert.isFalse(await replica.revocation.check(asked));
          await issuer.revocation.revoke(revocation);
          assert.equal(await replica.revocation.check(asked), revoked);
          for (let n = 0; n < 5; n += 1) assert.equal(await spend(replica, asked), revoked ? 'token_revoked' : 'spent');
        }
      });
    }

    it('keeps the later times of two revocations under one key, in whatever order they come', async () => {
      const { revocation } = redisStores(connection.client, patient);
      const soon = Date.now() / 1000 + 60;
      const entry = { sub: 'alice', expiresAtSeconds: soon + 100 };
      await revocation.revoke({ ...entry, notBeforeSeconds: 1000 });
      await revocation.revoke({ ...entry, notBeforeSeconds: 500, expiresAtSeconds: soon });
      assert.isTrue(await revocation.check(token));
      const leftSeconds = entry.expiresAtSeconds + 300 - Date.now() / 1000;
      assert.isAbove(Number(await server.command('PTTL', '{keybound:0}revoked:sub::alice')), (leftSeconds - 10) * 1000);
    });

    it('claims nothing for a revoked token', async () => {
      const stores = redisStores(connection.client, patient);
      await stores.revocation.revoke({ jti: 'token-1', expiresAtSeconds });
      const proof = { key: 'proof:kept', expiresAtSeconds };
      assert.equal(await stores.replayStore.spend!({ proof, jkt: 'x', token }), 'token_revoked');
      assert.equal(await stores.replayStore.spend!({ proof, jkt: 'x' }), 'spent');
    });

    it('answers a revoked token in the round trip that spends, and is asked for no other', async () => {
      const { replayStore, revocation } = redisStores(connection.client, patient);
      let checks = 0;
      const source = { ...revocation, check: async (asked: TokenIdentity) => ((checks += 1), revocation.check(asked)) };
      const nonce = { policy: 'window', secret: 'a secret of thirty-two bytes or more' } as const;
      const api = await createApi({ replayStore: { ...replayStore, revocation: source }, revocation: source, nonce, nowSeconds: () => Date.now() / 1000, ...patientServer });
      api.clock.nowSeconds = Math.floor(Date.now() / 1000);
      const accessToken = await api.issueToken({ claims: { jti: 'doomed' } });
      const send = async () => api.send({ accessToken, nonce: await api.fetchNonce() });
      assert.isTrue((await send()).ok);
      await revocation.revoke({ jti: 'doomed', expiresAtSeconds });
      assert.propertyVal(await send(), 'code', 'token_revoked');
      assert.equal(checks, 0);
    });
  });

  describe(`redis revocation over ${name}: who may say that a token is not revoked`, () => {
    let server: RedisServer;
    let replica: RedisServer | undefined;
    let connection: Connection;

    beforeEach(async () => {
      server = await startRedis();
      connection = await connect(server.port);
    });

    afterEach(async () => {
      connection.close();
      await Promise.all([server.stop(), replica?.stop()]);
      replica = undefined;
    });

    const codeOf = (promise: Promise<unknown>) =>
      promise.then(() => assert.fail('it should have been rejected'), (error: unknown) => (error as RedisStoreError).code);

    it('is no replica, which may not have heard of the revocation yet', async () => {
      replica = await startRedis();
      await replica.command('REPLICAOF', '127.0.0.1', server.port);
      await server.replicated();
      const other = await connect(replica.port);
      assert.equal(await codeOf(redisStores(other.client, patient).revocation.check(token)), 'not-primary');
      other.close();
    });

    it('is no primary that has become a replica, whatever was read of it before', async () => {
      const { revocation } = redisStores(connection.client, { ...patient, epochLifetimeSeconds: 1000 });
      assert.isFalse(await revocation.check(token));
      replica = await startRedis();
      await server.command('REPLICAOF', '127.0.0.1', replica.port);
      assert.equal(await codeOf(revocation.check(token)), 'not-primary');
    });

    it('is no primary that is cut off from its replicas, where min-replicas-to-write says so', async () => {
      const { revocation } = redisStores(connection.client, { ...patient, epochLifetimeSeconds: 1000 });
      assert.isFalse(await revocation.check(token));
      await server.command('CONFIG', 'SET', 'min-replicas-to-write', 1);
      assert.equal(await codeOf(revocation.check(token)), 'not-primary');
    });

    it('is no server that may evict', async () => {
      await server.command('CONFIG', 'SET', 'maxmemory', '50mb');
      await server.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
      assert.equal(await codeOf(redisStores(connection.client, patient).revocation.check(token)), 'eviction-policy');
    });

    it('is a primary that is full, and one that has lost what was revoked: it says what it holds now', async () => {
      const { revocation } = redisStores(connection.client, { ...patient, epochLifetimeSeconds: 1000 });
      await revocation.revoke({ jti: 'token-1', expiresAtSeconds });
      assert.isTrue(await revocation.check(token));
      await server.command('CONFIG', 'SET', 'maxmemory', '1mb');
      assert.isTrue(await revocation.check(token));
      assert.isFalse(await revocation.check({ jti: 'token-2' }));
      await server.command('CONFIG', 'SET', 'maxmemory', '0');
      await server.command('FLUSHALL');
      assert.isFalse(await revocation.check(token));
      await revocation.revoke({ jti: 'token-1', expiresAtSeconds });
      assert.isTrue(await revocation.check(token));
    });

    it('leaves nothing behind, and sends replicas nothing', async () => {
      const { revocation } = redisStores(connection.client, { ...patient, epochLifetimeSeconds: 1000 });
      await revocation.check(token);
      assert.deepEqual(await server.command('KEYS', '*'), ['{keybound:0}epoch']);
      const offset = async () => /master_repl_offset:(\d+)/.exec(String(await server.command('INFO', 'replication')))![1];
      replica = await startRedis();
      await replica.command('REPLICAOF', '127.0.0.1', server.port);
      await server.replicated();
      await server.command('CONFIG', 'SET', 'repl-ping-replica-period', 3600);
      await revocation.check(token); // of a new epoch: the first replica changes the replication id
      const before = await offset();
      for (let n = 0; n < 5; n += 1) await revocation.check(token);
      assert.equal(await offset(), before);
    });
  });

  describe(`redis revocation feed over ${name}`, () => {
    let server: RedisServer;
    let connection: Connection;
    const { signal } = new AbortController();

    before(async () => {
      server = await startRedis();
      connection = await connect(server.port);
    });

    beforeEach(() => server.command('FLUSHALL'));

    after(async () => {
      connection.close();
      await server.stop();
    });

    const open = (options = {}) => redisStores(connection.client, { ...patient, feedPollSeconds: 0.005, ...options });
    const jti = (id: string) => ({ jti: id, expiresAtSeconds });

    async function snapshotOf(stores: ReturnType<typeof open>) {
      const { position, revocations } = await stores.revocationFeed.snapshot(signal);
      const all: Revocation[] = [];
      for await (const revocation of revocations) all.push(revocation);
      return { position, all };
    }

    it('has everything alive in the snapshot, and what comes later in order, without gaps', async () => {
      const stores = open({ shards: 2 });
      for (let n = 0; n < 1200; n += 100) await Promise.all(Array.from({ length: 100 }, (_, i) => stores.revocation.revoke(jti(`${n + i}`))));
      const { position, all } = await snapshotOf(stores);
      assert.equal(position.sequence, 1200);
      assert.sameMembers([...new Set(all.map((entry) => (entry as { jti: string }).jti))], Array.from({ length: 1200 }, (_, n) => `${n}`));
      const reading = stores.revocationFeed.read(position, { waitSeconds: 5, signal });
      await stores.revocation.revoke(jti('later'));
      const page = await reading;
      assert.deepEqual(page, { position: { ...position, sequence: 1201 }, entries: [{ sequence: 1201, revocation: jti('later') }] });
    });

    it('pages what is more than one page', async () => {
      const stores = open();
      const { position } = await snapshotOf(stores);
      for (let n = 0; n < 600; n += 100) await Promise.all(Array.from({ length: 100 }, (_, i) => stores.revocation.revoke(jti(`${n + i}`))));
      const first = await stores.revocationFeed.read(position, { waitSeconds: 1, signal });
      const rest = await stores.revocationFeed.read({ ...position, sequence: first.entries.at(-1)!.sequence }, { waitSeconds: 1, signal });
      assert.deepEqual([...first.entries, ...rest.entries].map(({ sequence }) => sequence), Array.from({ length: 600 }, (_, n) => n + 1));
    });

    it('gives an empty page as a heartbeat, not before its time', async () => {
      const stores = open();
      const { position } = await snapshotOf(stores);
      const start = performance.now();
      assert.deepEqual(await stores.revocationFeed.read(position, { waitSeconds: 0.1, signal }), { position, entries: [] });
      assert.isAtLeast(performance.now() - start, 95);
    });

    it('is of another generation after a flush, which a waiting reader hears', async () => {
      const stores = open();
      await stores.revocation.revoke(jti('lost'));
      const { position } = await snapshotOf(stores);
      const reading = stores.revocationFeed.read(position, { waitSeconds: 5, signal });
      await server.command('FLUSHALL');
      const page = await reading;
      assert.notEqual(page.position.generation, position.generation);
      assert.lengthOf(page.entries, 0);
    });

    it('shows a gap to a reader that was away for longer than the log is kept', async () => {
      const stores = open();
      await stores.revocation.revoke(jti('a'));
      const { position } = await snapshotOf(stores);
      await stores.revocation.revoke(jti('b'));
      await stores.revocation.revoke(jti('c'));
      await server.command('XTRIM', '{keybound:0}feed:log', 'MAXLEN', 1);
      const { entries } = await stores.revocationFeed.read(position, { waitSeconds: 1, signal });
      assert.deepEqual(entries.map(({ sequence }) => sequence), [3]);
    });

    it('ends a wait when it is told to, and rejects where the server is gone', async () => {
      const stores = open();
      const { position } = await snapshotOf(stores);
      const controller = new AbortController();
      const reading = stores.revocationFeed.read(position, { waitSeconds: 60, signal: controller.signal });
      controller.abort(new Error('enough'));
      assert.propertyVal(await reading.catch((error: unknown) => error), 'message', 'enough');
      const waiting = stores.revocationFeed.read(position, { waitSeconds: 60, signal }).catch((error: unknown) => error);
      await server.kill();
      assert.instanceOf(await waiting, RedisStoreError);
      await server.start();
      const page = await until(() => stores.revocationFeed.read(position, { waitSeconds: 0.01, signal }).catch(() => undefined));
      assert.notEqual(page.position.generation, position.generation);
    });
  });
}
