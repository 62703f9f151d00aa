import { assert } from 'chai';
import { createAuthorizationServer } from '../../src/authorization-server.ts';
import { createResourceServer } from '../../src/resource-server.ts';
import { redisStores, RedisStoreError, type RedisClient, type RedisCommandReport, type RedisStoresOptions } from '../../src/redis.ts';
import type { ReplayStore, Spending } from '../../src/stores/replay-store.ts';
import { createApi } from '../support/api.ts';
import { brokenListeners } from '../support/listeners.ts';
import { recordTimers } from '../support/record-timers.ts';
import { clients, patient, patientServer, type Connection } from '../support/redis-clients.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const soon = () => Date.now() / 1000 + 60;

/** A proof's spending, whose keys are made up anew each time. */
function spending(parts: Partial<Spending> = {}): Spending {
  return { proof: { key: `proof:${crypto.randomUUID()}`, expiresAtSeconds: soon() }, jkt: 'jkt', ...parts };
}

const nonce = () => ({ key: `nonce:${crypto.randomUUID()}`, expiresAtSeconds: soon() });

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => assert.fail('it should have been rejected'), (thrown: unknown) => thrown);
  assert.instanceOf(error, RedisStoreError);
  return error.code;
}

for (const [name, connect] of clients) {
  describe(`redis stores over ${name}, against a real server`, () => {
    let server: RedisServer;
    let connection: Connection;
    const connections: Connection[] = [];

    async function open(): Promise<Connection> {
      connections.push(await connect(server.port));
      return connections.at(-1)!;
    }

    before(async () => {
      server = await startRedis();
    });

    after(() => server.stop());

    beforeEach(async () => {
      await server.command('FLUSHALL');
      connection = await open();
    });

    afterEach(() => {
      for (const { close } of connections.splice(0)) close();
    });

    const stores = (options = {}) => redisStores(connection.client, { ...patient, ...options });

    it('gives one of fifty parallel spendings the proof (RFC 9449 §11.1)', async () => {
      const other = await open();
      const replicas = [stores(), redisStores(other.client, patient)].map(({ replayStore }) => replayStore);
      const copy = spending({ nonce: nonce() });
      const outcomes = await Promise.all(Array.from({ length: 50 }, (_, index) => replicas[index % 2]!.spend!(copy)));
      assert.lengthOf(outcomes.filter((outcome) => outcome === 'spent'), 1);
      assert.lengthOf(outcomes.filter((outcome) => outcome === 'proof_replayed'), 49);
    });

    it('gives one of fifty parallel claims the key', async () => {
      const { replayStore } = stores();
      const key = crypto.randomUUID();
      const claims = Array.from({ length: 50 }, () => replayStore.claim(key, soon()));
      assert.lengthOf((await Promise.all(claims)).filter(Boolean), 1);
    });

    it('gives a single-use nonce to one of many proofs', async () => {
      const { replayStore } = stores();
      const shared = nonce();
      assert.equal(await replayStore.spend!(spending({ nonce: shared })), 'spent');
      assert.equal(await replayStore.spend!(spending({ nonce: shared })), 'nonce_reused');
    });

    it('leaves the nonce of a replayed proof alone', async () => {
      const { replayStore } = stores();
      const { proof } = spending();
      const unused = nonce();
      assert.equal(await replayStore.spend!(spending({ proof })), 'spent');
      assert.equal(await replayStore.spend!(spending({ proof, nonce: unused })), 'proof_replayed');
      assert.equal(await replayStore.spend!(spending({ nonce: unused })), 'spent');
    });

    it('keeps a key exactly as long as it is asked to, in one hash slot with the others', async () => {
      const { replayStore } = stores({ prefix: 'shop:', nowSeconds: () => 1000 });
      const [proof, own] = [{ key: 'proof:a', expiresAtSeconds: 1070.5 }, { key: 'nonce:a', expiresAtSeconds: 1030 }];
      assert.equal(await replayStore.spend!(spending({ proof, nonce: own })), 'spent');
      for (const [key, milliseconds] of [['{shop:0}proof:a', 70_500], ['{shop:0}nonce:a', 30_000]] as const) {
        const ttl = Number(await server.command('PTTL', key));
        assert.isAtMost(ttl, milliseconds);
        assert.isAbove(ttl, milliseconds - 10_000);
      }
    });

    it('keeps a key for a while that is claimed after its time, by a clock that is ahead', async () => {
      const { replayStore } = stores();
      const proof = { key: 'proof:late', expiresAtSeconds: 1 };
      assert.equal(await replayStore.spend!(spending({ proof })), 'spent');
      assert.equal(await replayStore.spend!(spending({ proof })), 'proof_replayed');
      assert.isFalse(await replayStore.claim('proof:late', 1));
    });

    it('lets no key fill Redis: over its quota it is refused, its replays are named, and others are served', async () => {
      const { replayStore } = stores({ maxEntriesPerKey: 3 });
      const jkt = 'greedy-thumbprint-of-43-characters-in-all-xx';
      const spent = spending({ jkt });
      for (const next of [spent, spending({ jkt }), spending({ jkt, nonce: nonce() })]) assert.equal(await replayStore.spend!(next), 'spent');
      assert.equal(await replayStore.spend!(spent), 'proof_replayed');
      assert.equal(await codeOf(replayStore.spend!(spending({ jkt }))), 'over-quota');
      const unused = nonce();
      assert.equal(await codeOf(replayStore.spend!(spending({ jkt, nonce: unused }))), 'over-quota');
      assert.equal(await replayStore.spend!(spending({ jkt: 'modest', nonce: unused })), 'spent');
      const other = await open();
      assert.equal(await codeOf(redisStores(other.client, { ...patient, maxEntriesPerKey: 3 }).replayStore.spend!(spending({ jkt }))), 'over-quota');
    });

    it('gives a key its share of fifty parallel spendings, and not one more', async () => {
      const { replayStore } = stores({ maxEntriesPerKey: 20 });
      const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => replayStore.spend!(spending())));
      assert.lengthOf(outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value === 'spent'), 20);
    });

    /** Lets everything in Redis, but for the epoch, end so much earlier: as if that time had passed. */
    async function pass(seconds: number): Promise<void> {
      for (const key of (await server.command('KEYS', '*')) as string[]) {
        const left = Number(await server.command('PTTL', key));
        if (left > 0) await server.command('PEXPIRE', key, Math.max(0, left - seconds * 1000));
      }
    }

    /** Spends proofs that are kept for so long, as many as the quota allows; gives how many of the key are alive then. */
    async function spendUpTo(replayStore: ReplayStore, tries: number, lifeSeconds: number): Promise<number> {
      for (let n = 0; n < tries; n += 1) {
        const proof = { key: `proof:${crypto.randomUUID()}`, expiresAtSeconds: 1000 + lifeSeconds };
        await replayStore.spend!(spending({ proof })).catch((error: RedisStoreError) => assert.equal(error.code, 'over-quota'));
      }
      return ((await server.command('KEYS', '*proof:*')) as string[]).length;
    }

    it('gives a key one share, however old its proofs are (attack 119)', async () => {
      const { replayStore } = stores({ nowSeconds: () => 1000, maxEntriesPerKey: 20 });
      for (const life of [62, 172, 372, 622, 922]) assert.equal(await spendUpTo(replayStore, 21, life), 20, `kept for ${life} s`);
    });

    it('lets a key have twice its share alive and no more, whatever is kept for how long (attack 119)', async () => {
      const { replayStore } = stores({ nowSeconds: () => 1000, maxEntriesPerKey: 20 });
      const steps = [[0, 1, 922], [1599, 21, 922], [2, 1, 62], [98, 21, 62], [2, 21, 62], [98, 21, 172], [172, 21, 372], [400, 21, 622]] as const;
      const alive: number[] = [];
      for (const [seconds, tries, life] of steps) {
        await pass(seconds);
        alive.push(await spendUpTo(replayStore, tries, life));
      }
      assert.isAtMost(Math.max(...alive), 40, String(alive));
    });

    it('counts in a window of a hundred seconds, or of twice that, …, until all that it has counted is forgotten', async () => {
      const { replayStore } = stores({ nowSeconds: () => 1000, maxEntriesPerKey: 20 });
      for (const [life, window] of [[5, 100], [100, 100], [101, 200], [700, 800], [5, 800]] as const) {
        await spendUpTo(replayStore, 1, life);
        const ttl = Number(await server.command('PTTL', '{keybound:0}quota:jkt'));
        assert.isAtMost(ttl, window * 1000);
        assert.isAbove(ttl, window * 1000 - 10_000);
      }
      await pass(801);
      await spendUpTo(replayStore, 1, 5);
      assert.isAbove(Number(await server.command('PTTL', '{keybound:0}quota:jkt')), 790_000, 'what was counted before is alive');
      const keys = (await server.command('KEYS', '*')) as string[];
      const forever = await Promise.all(keys.map(async (key) => ((await server.command('PTTL', key)) === -1 ? [key] : [])));
      assert.deepEqual(forever.flat(), ['{keybound:0}epoch']);
      await pass(1601);
      await spendUpTo(replayStore, 1, 5);
      assert.isAtMost(Number(await server.command('PTTL', '{keybound:0}quota:jkt')), 100_000, 'nothing of it is');
      assert.lengthOf((await server.command('KEYS', '*quota*')) as string[], 1, 'a window of a hundred seconds needs one key');
    });

    it('counts no replay and no refused request', async () => {
      const { replayStore } = stores({ maxEntriesPerKey: 2 });
      const spent = spending();
      assert.equal(await replayStore.spend!(spent), 'spent');
      for (let n = 0; n < 3; n += 1) assert.equal(await replayStore.spend!(spent), 'proof_replayed');
      assert.equal(await replayStore.spend!(spending({ epoch: 'another' })), 'epoch_changed');
      assert.equal(await replayStore.spend!(spending()), 'spent');
      assert.equal(await codeOf(replayStore.spend!(spending())), 'over-quota');
    });

    it('keeps nothing for longer than 30 hours: no verifier asks for that, but a time that is none would stay for ever', async () => {
      const { replayStore } = stores();
      for (const expiresAtSeconds of [soon() + 30 * 3600, Date.now(), Infinity, Number.NaN]) {
        const [proof, other] = [spending().proof, nonce()];
        const calls = [
          () => replayStore.claim(proof.key, expiresAtSeconds),
          () => replayStore.spend!(spending({ proof: { ...proof, expiresAtSeconds } })),
          () => replayStore.spend!(spending({ nonce: { ...other, expiresAtSeconds } })),
        ];
        for (const call of calls) {
          assert.instanceOf(await call().then(() => undefined, (error: unknown) => error), RangeError, String(expiresAtSeconds));
        }
        assert.isTrue(await replayStore.claim(proof.key, soon()), 'nothing was claimed');
      }
      assert.isTrue(await replayStore.claim('day', Date.now() / 1000 + 86_400 + 1200));
    });

    it('frees a key when its time is over', async () => {
      const { replayStore } = stores();
      assert.isTrue(await replayStore.claim('short', Date.now() / 1000 + 0.05));
      await until(() => replayStore.claim('short', soon()));
    });

    it('sends a script whole to a server that has forgotten it', async () => {
      const { replayStore } = stores();
      assert.equal(await replayStore.spend!(spending()), 'spent');
      await server.command('SCRIPT', 'FLUSH');
      assert.equal(await replayStore.spend!(spending()), 'spent');
    });

    it('gives all replicas one epoch, also when they ask an empty server at once', async () => {
      const other = await open();
      const replicas = Array.from({ length: 20 }, (_, index) => redisStores(index % 2 ? connection.client : other.client, patient).replayStore);
      assert.lengthOf(new Set(await Promise.all(replicas.map((replica) => replica.epoch!()))), 1);
    });

    it('accepts nothing under the epoch from before a flush, though that is what it knows', async () => {
      const { replayStore } = stores({ epochLifetimeSeconds: 1000 });
      const epoch = await replayStore.epoch!();
      const spent = spending({ epoch });
      assert.equal(await replayStore.spend!(spent), 'spent');
      await server.command('FLUSHALL');
      assert.equal(await replayStore.spend!(spent), 'epoch_changed');
      const next = await replayStore.epoch!();
      assert.notEqual(next, epoch);
      assert.equal(await replayStore.spend!(spent), 'epoch_changed', 'a name from the past');
      assert.equal(await replayStore.spend!({ ...spent, epoch: next }), 'spent');
    });

    it('accepts nothing under an epoch that somebody made up', async () => {
      const { replayStore } = stores();
      assert.equal(await replayStore.spend!(spending({ epoch: 'made up' })), 'epoch_changed');
    });

    it('notices a flush within the lifetime of what it knows, without a spending', async () => {
      const { replayStore } = stores({ epochLifetimeSeconds: 0.02 });
      const epoch = await replayStore.epoch!();
      await server.command('FLUSHALL');
      await until(async () => (await replayStore.epoch!()) !== epoch);
    });

    it('says since when the memory is whole', async () => {
      let now = 1000;
      const { replayStore } = stores({ nowSeconds: () => now });
      assert.equal(await replayStore.bornAtSeconds!(), 1000);
      now = 2000.5;
      const later = stores({ nowSeconds: () => now }).replayStore;
      assert.equal(await later.bornAtSeconds!(), 1000);
      await server.command('FLUSHALL');
      assert.equal(await stores({ nowSeconds: () => now }).replayStore.bornAtSeconds!(), 2001);
    });

    it('stops on replica B a proof that was spent on replica A', async () => {
      // The stores go by the clock of the server that they serve.
      const nowSeconds = () => api.clock.nowSeconds;
      const { replayStore } = stores({ nowSeconds });
      const policy = { policy: 'single-use', secret: 'a secret of thirty-two bytes or more' } as const;
      const api = await createApi({ replayStore, nonce: policy, ...patientServer });
      const other = await open();
      const replicaB = createResourceServer({ ...api.options, replayStore: redisStores(other.client, { ...patient, nowSeconds }).replayStore });
      const request = await api.request({ nonce: await api.fetchNonce() });
      assert.isTrue((await api.verify(request)).ok);
      assert.propertyVal(await replicaB.verify(request), 'code', 'proof_replayed');
    });

    it('rejects in time where the server hangs', async () => {
      const { replayStore, revocation } = stores({ operationTimeoutSeconds: 0.05 });
      await until(() => replayStore.epoch!().catch(() => undefined));
      server.freeze();
      try {
        for (const command of [
          () => replayStore.claim('x', soon()),
          () => replayStore.spend!(spending()),
          () => revocation.check({ jti: 'x' }),
          () => revocation.revoke({ jti: 'x', expiresAtSeconds: soon() }),
        ]) {
          const { delays, restore } = recordTimers();
          const error = await command().then(() => assert.fail('it should have been rejected'), (thrown: unknown) => thrown).finally(restore);
          assert.deepInclude(error, { code: 'timeout', message: 'Redis gave no answer in 0.05 s' });
          assert.include(delays, 50);
        }
      } finally {
        server.thaw();
      }
    });

    it('rejects in time where the server is killed, which the verifier answers with 503, and works again when it is back', async () => {
      const { replayStore } = stores();
      const hurried = stores({ operationTimeoutSeconds: 0.05 }).replayStore;
      const api = await createApi({ replayStore: hurried, nonce: { policy: 'none' } });
      const spent = spending();
      assert.equal(await replayStore.spend!(spent), 'spent');
      const epoch = await replayStore.epoch!();
      await server.kill();
      const start = performance.now();
      assert.oneOf(await codeOf(hurried.claim('x', soon())), ['unreachable', 'timeout']);
      assert.oneOf(await codeOf(hurried.spend!(spent)), ['unreachable', 'timeout']);
      assert.propertyVal(await api.send(), 'code', 'verifier_unavailable');
      assert.isBelow(performance.now() - start, 2500);
      await server.start();
      await until(() => replayStore.claim('y', soon()).catch(() => false));
      assert.equal(await replayStore.spend!({ ...spent, epoch }), 'epoch_changed');
    });
  });
}

describe('redis stores: how Redis is run', () => {
  const [, connect] = clients[0];
  let server: RedisServer | undefined;
  let connection: Connection | undefined;

  async function open(...settings: string[]): Promise<RedisServer> {
    server = await startRedis(settings);
    connection = await connect(server.port);
    return server;
  }

  afterEach(async () => {
    connection?.close();
    await server?.stop();
  });

  it('refuses a server that may evict, also without CONFIG, and notices when it is set right', async () => {
    const running = await open('--maxmemory', '50mb', '--maxmemory-policy', 'volatile-lru', '--rename-command', 'CONFIG', 'SETTINGS');
    const { ready, replayStore } = redisStores(connection!.client, patient);
    assert.equal(await codeOf(ready()), 'eviction-policy');
    assert.equal(await codeOf(replayStore.spend!(spending())), 'eviction-policy');
    await running.command('SETTINGS', 'SET', 'maxmemory-policy', 'noeviction');
    await ready();
    assert.equal(await replayStore.spend!(spending()), 'spent');
  });

  it('minds no eviction policy where there is no limit that it would act on', async () => {
    await open('--maxmemory', '0', '--maxmemory-policy', 'allkeys-lru');
    await redisStores(connection!.client, patient).ready();
  });

  it('rejects where the memory is full, and forgets nothing to make room', async () => {
    const running = await open('--maxmemory-policy', 'noeviction');
    const { replayStore, revocation } = redisStores(connection!.client, patient);
    const spent = spending();
    assert.equal(await replayStore.spend!(spent), 'spent');
    await running.command('CONFIG', 'SET', 'maxmemory', '1mb');
    assert.equal(await codeOf(replayStore.spend!(spending())), 'full');
    assert.equal(await codeOf(revocation.revoke({ jti: 'x', expiresAtSeconds: soon() })), 'full');
    await running.command('CONFIG', 'SET', 'maxmemory', '0');
    assert.equal(await replayStore.spend!(spent), 'proof_replayed');
  });

  it('rejects at a primary that lacks the replicas that it must have', async () => {
    await open('--min-replicas-to-write', '1');
    assert.equal(await codeOf(redisStores(connection!.client, patient).ready()), 'not-primary');
  });

  it('needs these commands and no others, on its own keys', async () => {
    const running = await open();
    const commands = ['evalsha', 'eval', 'info', 'get', 'set', 'mget', 'pttl', 'incr', 'xadd', 'xrange', 'zadd', 'zscan', 'zremrangebyscore', 'wait', 'del', 'time'];
    const other = ['hello', 'ping', 'auth'];
    const rules = [...commands, ...other].map((command) => `+${command}`);
    await running.command('ACL', 'SETUSER', 'default', 'reset', 'on', 'nopass', '~{keybound:*', '-@all', ...rules);
    connection!.close();
    connection = await connect(running.port);
    const { replayStore, revocation, revocationFeed } = redisStores(connection.client, patient);
    assert.equal(await replayStore.spend!(spending({ nonce: nonce(), token: { jti: 'a' } })), 'spent');
    assert.isTrue(await replayStore.claim('x', soon()));
    await revocation.revoke({ jti: 'a', expiresAtSeconds: soon() });
    const waiting = redisStores(connection.client, { ...patient, acknowledgingReplicas: 1 }).revocation;
    assert.equal(await codeOf(waiting.revoke({ jti: 'b', expiresAtSeconds: soon() })), 'not-primary');
    assert.isTrue(await revocation.check({ jti: 'a' }));
    const { signal } = new AbortController();
    const { revocations } = await revocationFeed.snapshot(signal);
    for await (const { expiresAtSeconds } of revocations) assert.isAbove(expiresAtSeconds, 0);
  });

  it('has another epoch after a restart, although its file brings the old one back', async () => {
    const running = await open();
    const { replayStore } = redisStores(connection!.client, { ...patient, epochLifetimeSeconds: 1000 });
    const [before, after] = [spending(), spending()];
    assert.equal(await replayStore.spend!(before), 'spent');
    await running.command('SAVE');
    const epoch = await replayStore.epoch!();
    assert.equal(await replayStore.spend!({ ...after, epoch }), 'spent');
    await running.kill();
    await running.start();
    const outcome = await until(() => replayStore.spend!({ ...after, epoch }).catch(() => undefined));
    assert.equal(await running.command('EXISTS', `{keybound:0}${before.proof.key}`), 1);
    assert.equal(outcome, 'epoch_changed');
  });
});

describe('redis stores: misuse', () => {
  it('is a TypeError at the start: no client, no time, no shards, a brace in the prefix', () => {
    const client = { call: async () => 'OK' };
    assert.throws(() => redisStores({} as RedisClient), TypeError);
    assert.throws(() => redisStores(undefined as unknown as RedisClient), TypeError);
    for (const options of [
      { operationTimeoutSeconds: 0 }, { epochLifetimeSeconds: Infinity }, { feedPollSeconds: -1 },
      { shards: 0 }, { shards: 1.5 }, { shards: 1025 }, { prefix: 'a{b' }, { acknowledgingReplicas: -1 },
      { maxEntriesPerKey: 0 }, { maxEntriesPerKey: 1.5 }, { maxEntriesPerKey: Infinity },
      // Beyond what a timer takes: each command would fail at once.
      { operationTimeoutSeconds: 2_200_000 }, { feedPollSeconds: 2_200_000 }, { epochLifetimeSeconds: 2_200_000 },
      { operationTimeoutSeconds: '0.5' }, { nowSeconds: 1 }, { onCommand: 1 },
    ]) {
      const [name] = Object.keys(options);
      assert.throws(() => redisStores(client, options as RedisStoresOptions), TypeError, `${name} must be`, JSON.stringify(options));
    }
    assert.throws(() => redisStores(client, 'x' as RedisStoresOptions), TypeError, 'options must be an object');
  });

  it('is a TypeError of both servers: commands that may take longer than what is spent is kept for', () => {
    const issuers = [{ issuer: 'https://login.example.com', audience: 'api', keys: () => undefined }];
    const policy = { policy: 'window', secret: 'a secret of thirty-two bytes or more' } as const;
    const start = (operationTimeoutSeconds: number | undefined, times: { readonly storeTimeoutSeconds?: number }) => {
      const { replayStore } = redisStores({ call: async () => 'OK' }, operationTimeoutSeconds === undefined ? {} : { operationTimeoutSeconds });
      const options = { replayStore, nonce: policy, ...times };
      return [
        () => createResourceServer({ issuers, ...options }),
        () => createAuthorizationServer({ issuer: 'https://login.example.com', audience: 'api', clients: [], ...options }),
      ];
    };
    const wrong = [...start(0.75, {}), ...start(0.5, { storeTimeoutSeconds: 0.5 }), ...start(30.2, { storeTimeoutSeconds: 59 })];
    for (const create of wrong) assert.throws(create, TypeError, 'storeTimeoutSeconds must be at least');
    for (const create of [...start(undefined, {}), ...start(0.7, {}), ...start(0.5, { storeTimeoutSeconds: 0.7 }), ...start(30.2, { storeTimeoutSeconds: 60 }), ...start(0.1, { storeTimeoutSeconds: 0.02 })]) {
      assert.doesNotThrow(create);
    }
  });

  it('takes no reply but those that Redis has, as numbers or as text', async () => {
    for (const reply of [undefined, 'fine', 0, [], ['1']]) {
      const { replayStore, revocation, revocationFeed, ready } = redisStores({ call: async () => reply });
      assert.equal(await codeOf(ready()), 'reply');
      assert.equal(await codeOf(replayStore.claim('x', 1)), 'reply');
      assert.equal(await codeOf(replayStore.spend!(spending())), 'reply');
      assert.equal(await codeOf(revocation.revoke({ jti: 'x', expiresAtSeconds: soon() })), 'reply');
      assert.equal(await codeOf(revocationFeed.snapshot(new AbortController().signal)), 'reply');
    }
    const epoch = `${'0'.repeat(40)}${'a'.repeat(22)}.1000`;
    const check = (reply: unknown) => {
      const reading = [epoch, '1000', '0'];
      const replies = [reading, reply, reading, reply];
      return redisStores({ call: async () => replies.shift() }).revocation.check({ jti: 'x', iat: 1 });
    };
    for (const reply of [undefined, null, 'x', 0, 1, [], ['*'], [null]]) assert.equal(await codeOf(check(reply)), 'reply');
    assert.equal(await codeOf(check('epoch_changed')), 'not-primary');
    assert.isTrue(await check('revoked'));
    assert.isFalse(await check('not_revoked'));
  });

  it('reports how each command went', async () => {
    const reports: RedisCommandReport[] = [];
    let reply: () => Promise<unknown> = async () => 'OK';
    const { replayStore } = redisStores({ call: () => reply() }, { onCommand: (report) => reports.push(report) });
    await replayStore.claim('x', soon());
    reply = async () => { throw new Error('OOM command not allowed'); };
    await codeOf(replayStore.claim('y', soon()));
    assert.deepEqual(reports.map(({ code }) => code), [undefined, 'full']);
    for (const { seconds } of reports) assert.isAtLeast(seconds, 0);
  });

  for (const [fault, onCommand] of brokenListeners) {
    it(`is nothing to a command that the listener ${fault}`, async () => {
      let reply: () => Promise<unknown> = async () => 'OK';
      const { replayStore } = redisStores({ call: () => reply() }, { onCommand });
      assert.isTrue(await replayStore.claim('x', soon()));
      reply = async () => { throw new Error('OOM command not allowed'); };
      assert.equal(await codeOf(replayStore.claim('y', soon())), 'full');
    });
  }

  it('names what the client threw by a code, and keeps it as the cause', async () => {
    const codes = {
      'OOM command not allowed': 'full', 'READONLY You can’t write': 'not-primary', 'NOREPLICAS Not enough': 'not-primary',
      'NOPERM this user': 'refused', 'ERR unknown command': 'refused', 'LOADING Redis is loading': 'unreachable', 'Socket closed': 'unreachable',
    };
    for (const [message, code] of Object.entries(codes)) {
      const cause = new Error(message);
      const { ready } = redisStores({ call: async () => Promise.reject(cause) });
      const error = await ready().catch((thrown: unknown) => thrown);
      assert.instanceOf(error, RedisStoreError);
      assert.equal(error.code, code);
      assert.equal(error.cause, cause);
    }
  });
});
