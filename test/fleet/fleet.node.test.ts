import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { assert } from 'chai';
import { redisStores } from '../../src/redis.ts';
import { connectNodeRedis, patient, type Connection } from '../support/redis-clients.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { always, faultOf, faults, formatFaults, promisesOf, recoverySeconds, type FaultName } from './faults.ts';
import { HonestClient, Refusals, startFleet, type Fleet, type Replica, type SentRequest } from './fleet.ts';
import { briefSeconds, clockToleranceSeconds, type Policy } from './settings.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** Under which policies, and at which replicas: both nonce policies and both replicas, unless it says otherwise. */
interface Scope {
  readonly policies?: readonly Policy[];
  readonly at?: readonly Replica[];
}

/** Revocations of tokens by their `jti`. */
interface Revocations {
  /** Writes one where B's wire leads; resolves when both replicas and their mirrors know it. */
  revoke(jti: string): Promise<void>;
  /** Whether Redis knows it. That the mirrors do is asserted. */
  isKnown(jti: string): Promise<boolean>;
}

const nonced: readonly Policy[] = ['window', 'single-use'];
const documentFile = fileURLToPath(new URL('../../docs/fleet-faults.md', import.meta.url));

describe('fleet: two verifier processes and real Redis servers', function () {
  this.timeout(300_000);
  let fleet: Fleet;
  let redis: RedisServer;
  let replicas: Fleet['replicas'];
  let servers: RedisServer[] = [];
  const wires: TcpProxy[] = [];
  const passed = new Set<FaultName>();
  const measured: string[] = [];

  before(async () => {
    redis = await startRedis();
    servers = [redis];
    fleet = await startFleet(redis.port);
    replicas = fleet.replicas;
  });

  // Each fault has a Redis of its own.
  beforeEach(async () => {
    const old = servers;
    redis = await startRedis();
    servers = [redis];
    for (const { wire } of replicas) {
      wire.moveTo(redis.port);
      wire.resume();
    }
    await Promise.all(old.map((server) => server.stop()));
    await Promise.all(replicas.map((replica) => replica.setClock(0)));
    const client = await HonestClient.create(fleet.issuer);
    await recovers(client);
  });

  afterEach(() => {
    for (const wire of wires.splice(0)) wire.stop();
  });

  after(async () => {
    await fleet.stop();
    await Promise.all(servers.map((server) => server.stop()));
  });

  /** A fault by its row: what is seen of it is what the row says. */
  function fault(name: FaultName, act: (observed: Observed, revocations: Revocations) => Promise<void>): void {
    const row = faultOf(name);
    it(row.fault, async () => {
      const observed = new Observed();
      const revocations = observeRevocations();
      await revocations.revoke('before');
      try {
        await act(observed, revocations);
      } finally {
        await observed.end();
      }
      assert.sameMembers(observed.copyCodes(row.copies), [...row.copies], 'what copies of spent proofs were answered');
      for (const place of ['A', 'B'] as const) {
        assert.sameMembers(observed.refusalsAt(place, row.refused[place]), [...row.refused[place]], `how honest requests were refused at ${place}`);
      }
      assert.equal(observed.challenges > 0, row.challenged, `${observed.challenges} challenges`);
      assert.equal(observed.answered > 0, row.challenged, 'clients answer challenges by themselves');
      assert.equal(await revocations.isKnown('before'), row.lost !== 'revocations', 'what was revoked before');
      await revocations.revoke('before');
      passed.add(name);
    });
  }

  async function revokeAt(port: number, jti: string): Promise<void> {
    const connection = await connectNodeRedis(port);
    await redisStores(connection.client, patient).revocation.revoke({ jti, expiresAtSeconds: Date.now() / 1000 + 300 });
    connection.close();
  }

  /** Revocations, written where B's wire leads, and what both replicas say to them, by lookup and by mirror. */
  function observeRevocations(): Revocations {
    const tokens = new Map<string, SentRequest>();
    const codes = (request: SentRequest) => Promise.all(replicas.map((replica) => decided(replica, request)));
    return {
      async revoke(jti) {
        const token = tokens.get(jti) ?? (await bearer(jti));
        tokens.set(jti, token);
        await revokeAt(replicas[1].wire.port, jti);
        assert.deepEqual(await codes(token), ['token_revoked', 'token_revoked']);
        const mirrored: SentRequest = { ...token, policy: 'mirrored' };
        await until(async () => (await codes(mirrored)).every((code) => code === 'token_revoked'));
      },
      async isKnown(jti) {
        const token = tokens.get(jti)!;
        assert.deepEqual(await codes({ ...token, policy: 'mirrored' }), ['token_revoked', 'token_revoked'], 'mirrors unlearn nothing');
        const [a, b] = await codes(token);
        assert.equal(a, b);
        return a === 'token_revoked';
      },
    };
  }

  /** What a fault does to others: to copies of spent proofs, which are sent again and again until the end, and to honest clients. */
  class Observed {
    readonly #codes = new Set<string>();
    readonly #clients: HonestClient[] = [];
    readonly #spent: SentRequest[] = [];
    #isOver = false;
    #sending: Promise<unknown> | undefined;

    /** An honest client that has its nonces: how it is refused from now on is the fault's doing. */
    async client(policies?: readonly Policy[]): Promise<HonestClient> {
      const client = await HonestClient.create(fleet.issuer);
      await recovers(client, policies && { policies });
      client.refusals = new Refusals();
      this.#clients.push(client);
      return client;
    }

    /** Takes requests that were let through, and starts to replay them; resolves when one of them is known for a replay. */
    async replay(spent: readonly SentRequest[]): Promise<void> {
      this.#spent.push(...spent);
      this.#sending ??= Promise.all(replicas.map((replica, index) => this.#sendOn(replica, index)));
      await this.sees('proof_replayed');
    }

    /** Waits until a copy was answered so. */
    async sees(code: string): Promise<void> {
      await until(() => this.#codes.has(code));
    }

    /** Sends each of them once more, to both. */
    async end(): Promise<void> {
      this.#isOver = true;
      await this.#sending;
      for (const replica of replicas) for (const request of this.#spent) await this.#send(replica, request);
    }

    copyCodes(expected: readonly string[]): string[] {
      return [...this.#codes].filter((code) => code !== always.code || expected.includes(code));
    }

    refusalsAt(place: Replica['name'], expected: readonly string[]): string[] {
      const seen = new Set(this.#clients.flatMap(({ refusals }) => [...refusals.at[place]]));
      return [...seen].filter((refusal) => refusal !== always.refusal || expected.includes(refusal));
    }

    get challenges(): number {
      return this.#clients.reduce((sum, { refusals }) => sum + refusals.challenges, 0);
    }

    get answered(): number {
      return this.#clients.reduce((sum, { refusals }) => sum + refusals.answered, 0);
    }

    async #sendOn(replica: Replica, start: number): Promise<void> {
      for (let next = start; !this.#isOver; next += 1) {
        await this.#send(replica, this.#spent[next % this.#spent.length]!);
        await pause(2);
      }
    }

    // A replica that is down lets nothing through.
    async #send(replica: Replica, request: SentRequest): Promise<void> {
      const answer = await replica.send(request).catch(() => undefined);
      if (answer) this.#codes.add(answer.code);
    }
  }

  /** Requests that were let through, some at A and some at B. */
  async function spend({ policies = nonced, at = replicas, each = 3 }: Scope & { readonly each?: number } = {}): Promise<SentRequest[]> {
    const client = await HonestClient.create(fleet.issuer);
    const spent: SentRequest[] = [];
    for (const policy of policies) for (const replica of at) for (let n = 0; n < each; n += 1) {
      const { code, request } = await call(client, replica, policy);
      assert.equal(code, 'ALLOW', `${policy} at ${replica.name}`);
      spent.push(request);
    }
    return spent;
  }

  /** Waits until a client is let through everywhere, and gives the seconds that it took. */
  async function recovers(client: HonestClient, { policies = nonced, at = replicas }: Scope = {}): Promise<number> {
    const start = performance.now();
    for (const policy of policies) for (const replica of at) {
      await until(async () => (await client.call(replica, policy).catch(() => undefined))?.code === 'ALLOW');
    }
    return (performance.now() - start) / 1000;
  }

  /** Waits until replicas answer honest requests with 503. */
  async function unavailable(client: HonestClient, at: readonly Replica[] = replicas, policy: Policy = 'window'): Promise<void> {
    for (const replica of at) await until(async () => (await client.call(replica, policy).catch(() => undefined))?.code === 'verifier_unavailable');
  }

  /** What a replica decides of a copy: a busy machine may answer 503 first, which decides nothing. */
  async function decided(replica: Replica, copy: SentRequest): Promise<string> {
    return until(async () => {
      const { code } = await replica.send(copy);
      return code !== 'verifier_unavailable' && code;
    });
  }

  /** What a replica decides of an honest request: where a busy machine has answered 503, of the next one. */
  async function call(client: HonestClient, replica: Replica, policy: Policy) {
    return until(async () => {
      const answer = await client.call(replica, policy);
      return answer.code !== 'verifier_unavailable' && answer;
    });
  }

  /** Sends 50 copies of a fresh proof at once, until all of them are decided; gives the codes, and the proof. */
  async function sendFifty(client: HonestClient, policy: Policy) {
    return until(async () => {
      await recovers(client, { policies: [policy] });
      const request = await client.prepare(policy);
      const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => replicas[index % 2]!.send(request)));
      const codes = answers.map(({ code }) => code);
      assert.isAtMost(codes.filter((code) => code === 'ALLOW').length, 1);
      return !codes.includes('verifier_unavailable') && { codes, request };
    });
  }

  /** Takes down how long the client was not served, which must be what the row says. */
  function note(name: FaultName, seconds: number): void {
    const { least, most } = recoverySeconds(faultOf(name), clockToleranceSeconds);
    assert.isAtLeast(seconds, least);
    assert.isAtMost(seconds, most);
    measured.push(`${faults[name].fault}: an honest client was served by both replicas ${seconds.toFixed(1)} s after the end of it.`);
  }

  /** A request with a token that is bound to no key: of it, Redis is asked only whether it is revoked. */
  async function bearer(jti: string): Promise<SentRequest> {
    const token = await fleet.issuer.issue({ nowSeconds: Math.floor(Date.now() / 1000), claims: { jti } });
    return { policy: 'window', authorization: `Bearer ${token}` };
  }

  /** A replica of Redis, over a wire that can be cut, which has everything so far. */
  async function startReplicaServer(): Promise<{ readonly server: RedisServer; readonly wire: TcpProxy }> {
    const wire = await startTcpProxy(redis.port);
    wires.push(wire);
    const server = await startRedis();
    servers.push(server);
    await server.command('REPLICAOF', '127.0.0.1', wire.port);
    await redis.replicated();
    return { server, wire };
  }

  async function promote(server: RedisServer, moved: readonly Replica[] = replicas): Promise<void> {
    await server.command('REPLICAOF', 'NO', 'ONE');
    for (const { wire } of moved) wire.moveTo(server.port);
  }

  fault('otherReplica', async (observed) => {
    const [a, b] = replicas;
    const client = await observed.client();
    for (const [here, there] of [[a, b], [b, a]] as const) {
      const spent = await spend({ at: [here] });
      for (const request of spent) assert.equal(await decided(there, request), 'proof_replayed');
      await observed.replay(spent);
    }
    await recovers(client);
  });

  fault('fifty', async (observed) => {
    const client = await observed.client();
    const sender = await HonestClient.create(fleet.issuer);
    for (const policy of [...nonced, 'none'] as const) {
      const { codes, request } = await sendFifty(sender, policy);
      assert.lengthOf(codes.filter((code) => code === 'ALLOW'), 1, policy);
      assert.lengthOf(codes.filter((code) => code === 'proof_replayed'), 49, policy);
      await observed.replay([request]);
    }
    await recovers(client);
  });

  fault('killed', async (observed) => {
    const client = await observed.client();
    await observed.replay(await spend());
    await redis.kill();
    await unavailable(client);
    await redis.start();
    note('killed', await recovers(client));
  });

  fault('flushed', async (observed) => {
    const client = await observed.client();
    for (let round = 0; round < 3; round += 1) {
      const spent = await spend();
      await observed.replay(spent);
      await redis.command('FLUSHALL');
      for (const replica of replicas) for (const request of spent) assert.equal(await decided(replica, request), 'bad_or_missing_nonce');
      const seconds = await recovers(client);
      if (round === 0) note('flushed', seconds);
    }
  });

  fault('flushedWithoutNonces', async (observed) => {
    const policies = ['none'] as const;
    const client = await observed.client(policies);
    const spent = await spend({ policies });
    await observed.replay(spent);
    const start = performance.now();
    await redis.command('FLUSHALL');
    await unavailable(client, replicas, 'none');
    const servedFrom = Math.ceil(Date.now() / 1000) + recoverySeconds(faultOf('flushedWithoutNonces'), clockToleranceSeconds).least + 1;
    const requests = until(() => Date.now() / 1000 >= servedFrom).then(() => Promise.all(replicas.map(() => client.prepare('none'))));
    await recovers(client, { policies });
    note('flushedWithoutNonces', (performance.now() - start) / 1000);
    for (const [index, request] of (await requests).entries()) assert.equal(await decided(replicas[index]!, request), 'ALLOW', 'made after that time');
  });

  fault('failover', async (observed) => {
    const { server } = await startReplicaServer();
    const client = await observed.client();
    const spent = await spend();
    await redis.replicated();
    await observed.replay(spent);
    await redis.kill();
    await unavailable(client);
    await promote(server);
    note('failover', await recovers(client));
    assert.isAbove(Number(await server.command('DBSIZE')), spent.length, 'the replica had what was spent');
  });

  fault('lostTail', async (observed, revocations) => {
    const { server, wire } = await startReplicaServer();
    const client = await observed.client();
    await redis.replicated();
    wire.hold();
    const keysBefore = Number(await redis.command('DBSIZE'));
    await observed.replay(await spend());
    await revocations.revoke('in the gap');
    await redis.kill();
    await unavailable(client);
    await promote(server);
    assert.isAtMost(Number(await server.command('DBSIZE')), keysBefore + 2, 'the replica lacks what was spent last');
    note('lostTail', await recovers(client));
    assert.isFalse(await revocations.isKnown('in the gap'));
    await revocations.revoke('in the gap');
  });

  fault('splitBrain', async (observed) => {
    const { server, wire } = await startReplicaServer();
    const [a, b] = replicas;
    const client = await observed.client();
    wire.hold();
    const before = await spend();
    await promote(server, [b]);
    for (const replica of [b, a, b, a]) {
      const { challenges } = client.refusals;
      await recovers(client, { at: [replica] });
      assert.isAbove(client.refusals.challenges, challenges, 'a nonce of one is none of the other');
    }
    const token = await bearer('elsewhere');
    await revokeAt(server.port, 'elsewhere');
    assert.deepEqual(await Promise.all(replicas.map((replica) => decided(replica, token))), ['ALLOW', 'token_revoked']);
    const [atA, atB] = [await spend({ at: [a] }), await spend({ at: [b] })];
    for (const request of [...before, ...atA]) assert.equal(await decided(b, request), 'bad_or_missing_nonce');
    for (const request of atB) assert.equal(await decided(a, request), 'bad_or_missing_nonce');
    await observed.replay([...before, ...atA, ...atB]);
    await redis.kill();
    await unavailable(client, [a]);
    await observed.sees('verifier_unavailable');
    a.wire.moveTo(server.port);
    note('splitBrain', await recovers(client));
    assert.equal(await decided(a, token), 'token_revoked');
  });

  fault('demoted', async (observed) => {
    const { server } = await startReplicaServer();
    const [a, b] = replicas;
    const client = await observed.client();
    const token = await bearer('doomed');
    for (const replica of replicas) assert.equal(await decided(replica, token), 'ALLOW');
    await observed.replay(await spend());
    await promote(server, [b]);
    const link = await startTcpProxy(server.port);
    wires.push(link);
    await redis.command('REPLICAOF', '127.0.0.1', link.port);
    await server.replicated();
    link.hold();
    await revokeAt(server.port, 'doomed');
    await unavailable(client, [a]);
    for (let n = 0; n < 20; n += 1) assert.equal((await a.send(token)).code, 'verifier_unavailable');
    assert.equal(await decided(b, token), 'token_revoked');
    await recovers(client, { at: [b] });
    a.wire.moveTo(server.port);
    note('demoted', await recovers(client));
    assert.equal(await decided(a, token), 'token_revoked');
  });

  fault('fencedPrimary', async (observed) => {
    const { wire } = await startReplicaServer();
    const client = await observed.client();
    await redis.command('CONFIG', 'SET', 'min-replicas-max-lag', 1);
    await redis.command('CONFIG', 'SET', 'min-replicas-to-write', 1);
    await recovers(client);
    const token = await bearer('any');
    for (const replica of replicas) assert.equal(await decided(replica, token), 'ALLOW');
    await observed.replay(await spend());
    wire.hold();
    for (const replica of replicas) {
      await unavailable(client, [replica]);
      assert.equal((await replica.send(token)).code, 'verifier_unavailable');
    }
    wire.resume();
    note('fencedPrimary', await recovers(client));
  });

  fault('partition', async (observed) => {
    const [a, b] = replicas;
    const client = await observed.client();
    await observed.replay(await spend());
    a.wire.hold();
    await unavailable(client, [a]);
    const fresh = await client.prepare('window');
    assert.equal((await a.send(fresh)).code, 'verifier_unavailable');
    await recovers(client, { at: [b] });
    const spentMeanwhile = await spend({ at: [b] });
    for (const request of spentMeanwhile) assert.equal((await a.send(request)).code, 'verifier_unavailable');
    await observed.replay(spentMeanwhile);
    a.wire.resume();
    note('partition', await recovers(client));
    const answers = await Promise.all([b.send(fresh), a.send(fresh), b.send(fresh)]);
    assert.isAtMost(answers.filter(({ code }) => code === 'ALLOW').length, 1, 'a request that was answered with 503, sent again');
  });

  fault('full', async (observed) => {
    const client = await observed.client();
    await observed.replay(await spend());
    const used = Number(/used_memory:(\d+)/.exec(String(await redis.command('INFO', 'memory')))![1]);
    await redis.command('CONFIG', 'SET', 'maxmemory', used + 1_000_000);
    await until(() => redis.command('APPEND', 'filler', 'x'.repeat(100_000)).then(() => false, (error: Error) => /OOM/.test(error.message)));
    await unavailable(client);
    await redis.command('DEL', 'filler');
    note('full', await recovers(client));
  });

  fault('eviction', async (observed) => {
    const connection = await connectNodeRedis(redis.port);
    const client = await observed.client();
    await observed.replay(await spend());
    const ready = () => redisStores(connection.client, patient).ready();
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'volatile-lru');
    await ready();
    await redis.command('CONFIG', 'SET', 'maxmemory', '100mb');
    await unavailable(client);
    assert.propertyVal(await ready().catch((thrown: unknown) => thrown), 'code', 'eviction-policy');
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    note('eviction', await recovers(client));
    connection.close();
  });

  fault('restart', async (observed) => {
    const [a, b] = replicas;
    const client = await observed.client();
    const spent = await spend();
    const unspent = await client.prepare('window');
    await observed.replay(spent);
    const restarted = a.restart();
    await until(() => client.call(a, 'window').then(() => false, () => true));
    await recovers(client, { at: [b] });
    await restarted;
    for (const request of spent) assert.equal(await decided(a, request), 'proof_replayed');
    assert.equal(await decided(a, unspent), 'ALLOW', 'a nonce from before, at the new process');
    note('restart', await recovers(client));
  });

  // Nonces that live for two seconds are kept for five: beyond that, and beyond the nonce by a right clock.
  const clockErrorSeconds = 8;
  const brief = { policies: ['brief'] } as const satisfies Scope;

  /** What was spent at A under a clock that is ahead, sent again until long after its nonce has ended by a right clock. */
  async function spendAhead(name: FaultName, observed: Observed, setRight: (a: Replica) => Promise<void>): Promise<void> {
    const [a] = replicas;
    const client = await observed.client(brief.policies);
    await a.setClock(clockErrorSeconds);
    const start = performance.now();
    await observed.replay(await spend({ ...brief, at: [a] }));
    await recovers(client, brief);
    await setRight(a);
    note(name, await recovers(client, brief));
    const isOver = () => performance.now() - start > (clockErrorSeconds + briefSeconds + 1) * 1000;
    await until(isOver);
  }

  fault('clockAhead', (observed) => spendAhead('clockAhead', observed, (a) => a.setClock(0)));

  fault('clockAheadRestart', (observed) => spendAhead('clockAheadRestart', observed, (a) => a.restart()));

  fault('clockBack', async (observed) => {
    const [a] = replicas;
    const client = await observed.client(brief.policies);
    const before = (await redis.command('KEYS', '*proof:*')) as string[];
    const spent = await spend({ ...brief, at: [a], each: 1 });
    const start = performance.now();
    const keys = ((await redis.command('KEYS', '*proof:*')) as string[]).filter((key) => !before.includes(key));
    assert.lengthOf(keys, spent.length);
    await observed.replay(spent);
    await until(async () => (await redis.command('EXISTS', ...keys)) === 0);
    await a.setClock(-(performance.now() - start) / 1000);
    for (const request of spent) assert.equal(await decided(a, request), 'bad_or_missing_nonce');
    note('clockBack', await recovers(client, brief));
  });

  describe('revocation', () => {
    let connection: Connection;

    beforeEach(async () => {
      connection = await connectNodeRedis(redis.port);
    });

    afterEach(() => connection.close());

    const expiresAtSeconds = Date.now() / 1000 + 300;

    /** A client whose token was taken by both replicas, and is then revoked. */
    async function revoked(policy: Policy): Promise<HonestClient> {
      const jti = crypto.randomUUID();
      const client = await HonestClient.create(fleet.issuer, { jti });
      await recovers(client, { policies: [policy] });
      await redisStores(connection.client, patient).revocation.revoke({ jti, expiresAtSeconds });
      return client;
    }

    const p99 = (milliseconds: number[]) => Math.ceil(milliseconds.sort((one, other) => one - other)[Math.floor(milliseconds.length * 0.99)]!);

    it('is seen by both replicas when revoke has resolved (direct)', async () => {
      const times: number[] = [];
      for (let round = 0; round < 100; round += 1) {
        const client = await revoked('window');
        const requests = await Promise.all(replicas.map(() => client.prepare('window')));
        const start = performance.now();
        const codes = await Promise.all(replicas.map((replica, index) => decided(replica, requests[index]!)));
        times.push(performance.now() - start);
        assert.deepEqual(codes, ['token_revoked', 'token_revoked']);
      }
      measured.push(`Revocation, direct: in each of ${times.length} rounds the first request to each replica after \`revoke\` had resolved was denied; both answers were there within ${p99(times)} ms (p99), network and verification included.`);
    });

    it('is seen by both replicas a moment after revoke has resolved (mirrored)', async () => {
      const times: number[] = [];
      for (let round = 0; round < 50; round += 1) {
        const client = await revoked('mirrored');
        const start = performance.now();
        await Promise.all(replicas.map((replica) => until(async () => (await client.call(replica, 'mirrored')).code === 'token_revoked')));
        times.push(performance.now() - start);
      }
      measured.push(`Revocation, mirrored, \`feedPollSeconds\` 0.1: over ${times.length} rounds, both replicas denied within ${p99(times)} ms (p99) after \`revoke\` had resolved.`);
    });

    it('outlives a flush in the mirrors, which have it still', async () => {
      const client = await revoked('mirrored');
      const denied = (replica: Replica) => until(async () => (await client.call(replica, 'mirrored')).code === 'token_revoked');
      for (const replica of replicas) await denied(replica);
      await redis.command('FLUSHALL');
      await recovers(await HonestClient.create(fleet.issuer), { policies: ['mirrored'] });
      const later = await revoked('mirrored');
      for (const replica of replicas) {
        await until(async () => (await later.call(replica, 'mirrored')).code === 'token_revoked');
        const { request, code } = await client.call(replica, 'mirrored');
        assert.equal(code === 'verifier_unavailable' ? await decided(replica, request) : code, 'token_revoked');
      }
    });

    it('is not lost by a failover that revoke has waited for, and rejects where it cannot wait', async () => {
      const { server, wire } = await startReplicaServer();
      const { revocation } = redisStores(connection.client, { ...patient, acknowledgingReplicas: 1 });
      const client = await HonestClient.create(fleet.issuer, { jti: 'doomed' });
      await recovers(client);
      await revocation.revoke({ jti: 'doomed', expiresAtSeconds });
      wire.hold();
      const late = await revocation.revoke({ jti: 'later', expiresAtSeconds }).catch((error: unknown) => error);
      assert.propertyVal(late, 'code', 'not-primary');
      await redis.kill();
      await promote(server);
      await recovers(await HonestClient.create(fleet.issuer));
      for (const replica of replicas) assert.equal((await call(client, replica, 'window')).code, 'token_revoked');
    });
  });

  // In a suite of its own, or it would run before the suite above.
  describe('the table', () => {
    it('in docs/fleet-faults.md says what was seen', () => {
      assert.sameMembers([...passed], Object.keys(faults), 'every fault was seen');
      const machine = `${availableParallelism()} CPUs, load ${Math.round(loadavg()[0]!)}; Redis, both replicas and the clients on one machine.`;
      if (process.env.WRITE_FLEET_FAULTS) writeFileSync(documentFile, formatFaults([machine, ...measured]));
      assert.equal(promisesOf(readFileSync(documentFile, 'utf8')), promisesOf(formatFaults([])), 'run node scripts/fleet-faults.mjs');
    });
  });
});
