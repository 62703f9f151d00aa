import { assert } from 'chai';
import { redisStores, type RedisClient } from '../../src/redis.ts';
import { hasStepped, minStoreTimeoutSeconds } from '../../src/redis/clock.ts';
import type { Spending } from '../../src/stores/replay-store.ts';
import type { RevocationFeed } from '../../src/stores/revocation-feed.ts';
import type { TokenRevocation } from '../../src/stores/revocation.ts';
import { createApi } from '../support/api.ts';
import { patient, patientServer } from '../support/redis-clients.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { goOn, passSteadily, standStill } from '../support/steady-clock.ts';
import { stepping } from '../support/stepping-redis.ts';
import { until } from '../support/until.ts';

const soon = () => Date.now() / 1000 + 60;

function spending(epoch: string): Spending {
  return { proof: { key: `proof:${crypto.randomUUID()}`, expiresAtSeconds: soon() }, jkt: 'jkt', epoch };
}

describe('redis stores: the clock of Redis', () => {
  let server: RedisServer;

  before(async () => {
    server = await startRedis();
  });

  beforeEach(() => server.command('FLUSHALL'));

  after(() => server.stop());

  it('that steps ahead lets no spent proof pass: what it forgot is of an epoch that is over (RFC 9449 §11.1)', async () => {
    const { client, step } = stepping(server);
    const { replayStore } = redisStores(client, { ...patient, epochLifetimeSeconds: 1000 });
    const epoch = await replayStore.epoch!();
    const born = await replayStore.bornAtSeconds!();
    const spent = spending(epoch);
    assert.equal(await replayStore.spend!(spent), 'spent');
    await step(100);
    assert.equal(await server.command('EXISTS', `{keybound:0}${spent.proof.key}`), 0, 'Redis has forgotten it');
    assert.equal(await replayStore.spend!(spent), 'epoch_changed');
    const next = await replayStore.epoch!();
    assert.notEqual(next, epoch);
    assert.isAtLeast(await replayStore.bornAtSeconds!(), born);
    assert.equal(await replayStore.spend!(spending(next)), 'spent');
    assert.equal(await replayStore.epoch!(), next, 'one new epoch');
  });

  it('that steps ahead has every client asked for a new nonce, once', async () => {
    const { client, step } = stepping(server);
    const { replayStore } = redisStores(client, { ...patient, epochLifetimeSeconds: 1000 });
    const nonce = { policy: 'window', secret: 'a secret of thirty-two bytes or more' } as const;
    const api = await createApi({ replayStore, nonce, nowSeconds: () => Date.now() / 1000, ...patientServer });
    api.clock.nowSeconds = Math.floor(Date.now() / 1000);
    const accessToken = await api.issueToken();
    const request = await api.request({ accessToken, nonce: await api.fetchNonce() });
    assert.isTrue((await api.verify(request)).ok);
    await step(100);
    const copy = await api.verify(request);
    assert.propertyVal(copy, 'code', 'bad_or_missing_nonce');
    const again = await api.verify(await api.request({ accessToken, nonce: copy.headers.get('DPoP-Nonce')! }));
    assert.isTrue(again.ok);
  });

  it('is looked at with each reading of the epoch, without a spending, and in a revocation check', async () => {
    const { client, step } = stepping(server);
    const { replayStore } = redisStores(client, { ...patient, epochLifetimeSeconds: 0 });
    const epoch = await replayStore.epoch!();
    await step(10);
    const next = await until(async () => (await replayStore.epoch!()) !== epoch && replayStore.epoch!());
    const stores = redisStores(client, { ...patient, epochLifetimeSeconds: 1000 });
    await stores.revocation.revoke({ jti: 'a', expiresAtSeconds: soon() });
    assert.equal(await stores.replayStore.epoch!(), next);
    await step(10);
    assert.isTrue(await stores.revocation.check({ jti: 'a' }));
    assert.notEqual(await stores.replayStore.epoch!(), next);
  });

  it('that steps ahead gives a fleet one new epoch, whoever notices first', async () => {
    const { client, step } = stepping(server);
    const replicas = Array.from({ length: 5 }, () => redisStores(client, { ...patient, epochLifetimeSeconds: 1000 }).replayStore);
    const [epoch] = await Promise.all(replicas.map((replica) => replica.epoch!()));
    await step(100);
    const copies = await Promise.all(replicas.map((replica) => replica.spend!(spending(epoch!))));
    assert.deepEqual(copies, replicas.map(() => 'epoch_changed'));
    const names = new Set(await Promise.all(replicas.map((replica) => replica.epoch!())));
    assert.lengthOf(names, 1);
    for (const replica of replicas) assert.equal(await replica.spend!(spending([...names][0]!)), 'spent');
  });

  it('that goes a little faster for a moment costs nothing, and counts where it does so again and again', async () => {
    const { client, step } = stepping(server);
    const { replayStore } = redisStores(client, { ...patient, epochLifetimeSeconds: 0 });
    const epoch = await replayStore.epoch!();
    // What it compares with is as exact as the quickest of its readings.
    for (let n = 0; n < 5; n += 1) assert.equal(await replayStore.epoch!(), epoch);
    const spent = spending(epoch);
    assert.equal(await replayStore.spend!(spent), 'spent');
    await step(0.4);
    assert.equal(await replayStore.spend!(spent), 'proof_replayed');
    assert.equal(await replayStore.epoch!(), epoch);
    await step(0.4);
    await until(async () => (await replayStore.epoch!()) !== epoch);
  });

  it('that is set back changes nothing, and counts when it is set right again', async () => {
    const { client, step } = stepping(server);
    const { replayStore } = redisStores(client, { ...patient, epochLifetimeSeconds: 0 });
    const epoch = await replayStore.epoch!();
    await step(-100);
    const spent = spending(epoch);
    assert.equal(await until(async () => (await replayStore.epoch!()) && replayStore.spend!(spent)), 'spent');
    await step(100);
    assert.equal(await replayStore.spend!(spent), 'epoch_changed');
  });

  it('is not doubted because a verifier has its own clock set ahead', async () => {
    let now = Date.now() / 1000;
    const { client } = stepping(server);
    const { replayStore } = redisStores(client, { ...patient, epochLifetimeSeconds: 0, nowSeconds: () => now });
    const epoch = await replayStore.epoch!();
    for (const change of [1000, 0.5, 2000]) {
      now += change;
      assert.equal(await replayStore.spend!({ ...spending(epoch), proof: { key: `proof:${crypto.randomUUID()}`, expiresAtSeconds: now + 60 } }), 'spent');
      for (let n = 0; n < 3; n += 1) assert.equal(await replayStore.epoch!(), epoch);
    }
  });

  it('may be half a second ahead of what it can be, with what a command of half a second leaves of the time that entries are kept', () => {
    const own = { upSeconds: 10, nowSeconds: 1010 };
    const reference = { ...own, redisSeconds: 2000 };
    assert.isFalse(hasStepped(2000.49, reference, own));
    assert.isTrue(hasStepped(2000.51, reference, own));
    assert.closeTo(minStoreTimeoutSeconds(0.5), 0.6, 1e-9);
  });

  it('is not doubted because of a command that comes late: that one claims nothing, and is sent again once', async () => {
    const { client, delay } = stepping(server);
    const { replayStore } = redisStores(client, { ...patient, epochLifetimeSeconds: 1000 });
    const epoch = await replayStore.epoch!();
    const spent = spending(epoch);
    delay(7);
    assert.equal(await replayStore.spend!(spent), 'spent');
    assert.equal(await replayStore.spend!(spent), 'proof_replayed');
    const other = spending(epoch);
    delay(7, 0, 7);
    assert.propertyVal(await replayStore.spend!(other).catch((error: unknown) => error), 'code', 'timeout');
    assert.equal(await replayStore.epoch!(), epoch);
    assert.equal(await replayStore.spend!(other), 'spent');
  });
});

describe("redis stores: a verifier's own clock", () => {
  let server: RedisServer;

  before(async () => {
    server = await startRedis();
  });

  beforeEach(() => server.command('FLUSHALL'));

  afterEach(goOn);

  after(() => server.stop());

  const claimEnding = (kind: string, expiresAtSeconds: number) => ({ key: `${kind}:${crypto.randomUUID()}`, expiresAtSeconds });

  /** A verifier of its own, whose clock is so far ahead of ours. */
  function verifier(client: RedisClient, options: { readonly aheadSeconds?: number; readonly epochLifetimeSeconds?: number } = {}) {
    const { aheadSeconds = 0, epochLifetimeSeconds = 1000 } = options;
    const clock = { aheadSeconds };
    const nowSeconds = () => Date.now() / 1000 + clock.aheadSeconds;
    return { clock, nowSeconds, ...redisStores(client, { ...patient, epochLifetimeSeconds, nowSeconds }) };
  }

  it('that was ahead brings no spent proof or nonce back when it is set right: they are kept to their end by the clock of Redis too (RFC 9449 §11.1)', async () => {
    const { client, step } = stepping(server);
    const ahead = verifier(client, { aheadSeconds: 30 });
    const epoch = await ahead.replayStore.epoch!();
    const expiresAtSeconds = ahead.nowSeconds() + 72;
    const [proof, nonce, claimed] = ['proof', 'nonce', 'claimed'].map((kind) => claimEnding(kind, expiresAtSeconds));
    assert.equal(await ahead.replayStore.spend!({ proof: proof!, nonce: nonce!, jkt: 'jkt', epoch }), 'spent');
    assert.isTrue(await ahead.replayStore.claim(claimed!.key, expiresAtSeconds));
    await step(80);
    const restarted = verifier(client, { aheadSeconds: 80 }).replayStore;
    assert.equal(await restarted.epoch!(), epoch);
    assert.equal(await restarted.spend!({ proof: proof!, nonce: nonce!, jkt: 'jkt', epoch }), 'proof_replayed');
    assert.equal(await restarted.spend!({ proof: claimEnding('proof', expiresAtSeconds), nonce: nonce!, jkt: 'jkt', epoch }), 'nonce_reused');
    assert.isFalse(await restarted.claim(claimed!.key, expiresAtSeconds));
  });

  it('that is years ahead has entries kept for 30 hours longer, no more', async () => {
    const { replayStore, nowSeconds } = verifier(stepping(server).client, { aheadSeconds: 1e8 });
    const proof = claimEnding('proof', nowSeconds() + 72);
    assert.equal(await replayStore.spend!({ proof, jkt: 'jkt' }), 'spent');
    const ttl = Number(await server.command('PTTL', `{keybound:0}${proof.key}`));
    assert.isAtMost(ttl, (30 * 3600 + 72) * 1000);
    assert.isAbove(ttl, 30 * 3600 * 1000);
  });

  it('that is set back makes what Redis has forgotten meanwhile no proof again: one new epoch for each step (RFC 9449 §11.1)', async () => {
    const { clock, replayStore, nowSeconds } = verifier(stepping(server).client, { epochLifetimeSeconds: 0 });
    let epoch = await replayStore.epoch!();
    for (const seconds of [2, 90, 3600]) {
      const spent = { ...spending(epoch), proof: claimEnding('proof', nowSeconds() + 72) };
      assert.equal(await replayStore.spend!(spent), 'spent');
      await server.command('DEL', `{keybound:0}${spent.proof.key}`); // its time is over
      clock.aheadSeconds -= seconds;
      assert.equal(await replayStore.spend!(spent), 'epoch_changed');
      const next = await replayStore.epoch!();
      assert.notEqual(next, epoch);
      for (let n = 0; n < 3; n += 1) assert.equal(await replayStore.spend!({ ...spending(next), proof: claimEnding('proof', nowSeconds() + 72) }), 'spent');
      assert.equal(await replayStore.epoch!(), next, 'one new epoch');
      epoch = next;
    }
  });

  it('that is set back is noticed before a reading of the epoch is due', async () => {
    const { clock, replayStore } = verifier(stepping(server).client);
    const epoch = await replayStore.epoch!();
    clock.aheadSeconds -= 90;
    assert.notEqual(await replayStore.epoch!(), epoch);
  });

  it('that is set back leaves the new memory born when the old one ended, by the clock of Redis: under `none` nothing from before passes', async () => {
    const { clock, replayStore, nowSeconds } = verifier(stepping(server).client);
    await replayStore.epoch!();
    const before = nowSeconds();
    clock.aheadSeconds -= 3600;
    assert.isAtLeast(await replayStore.bornAtSeconds!(), Math.floor(before));
  });

  it('that was ahead by a day and is set right does not refuse a day of proofs under `none`', async () => {
    const { clock, replayStore, nowSeconds } = verifier(stepping(server).client, { aheadSeconds: 86_400 });
    const epoch = await replayStore.epoch!();
    clock.aheadSeconds = 0;
    assert.notEqual(await replayStore.epoch!(), epoch);
    assert.isAtMost(await replayStore.bornAtSeconds!(), nowSeconds() + 2);
  });

  it('that goes back by less than a second keeps its epoch, and counts where it does so again and again', async () => {
    const { clock, replayStore } = verifier(stepping(server).client, { epochLifetimeSeconds: 0 });
    const epoch = await replayStore.epoch!();
    for (const change of [-0.5, -0.3, 0.8, -0.8, 60, -0.8]) {
      clock.aheadSeconds += change;
      for (let n = 0; n < 3; n += 1) assert.equal(await replayStore.epoch!(), epoch, String(change));
    }
    clock.aheadSeconds -= 0.8;
    await until(async () => (await replayStore.epoch!()) !== epoch);
  });

  it('that is set back with all the others of its fleet is one new epoch, whoever notices first', async () => {
    const { client } = stepping(server);
    const fleet = Array.from({ length: 5 }, () => verifier(client));
    standStill(); // all within the second that counts as at once
    const [epoch] = await Promise.all(fleet.map(({ replayStore }) => replayStore.epoch!()));
    for (const { clock } of fleet) clock.aheadSeconds -= 30;
    const names: string[] = [];
    for (const { replayStore } of fleet) names.push(await replayStore.epoch!());
    assert.lengthOf(new Set(names), 1);
    assert.notEqual(names[0], epoch);
  });

  it('that is set back while nothing was asked of it ends an epoch that others have used since, too', async () => {
    const { client } = stepping(server);
    const [busy, idle] = [verifier(client, { epochLifetimeSeconds: 0 }), verifier(client)];
    const first = await idle.replayStore.epoch!();
    assert.equal(await busy.replayStore.epoch!(), first);
    busy.clock.aheadSeconds -= 2;
    const second = await until(async () => (await busy.replayStore.epoch!()) !== first && busy.replayStore.epoch!());
    passSteadily(3600);
    for (const { clock } of [busy, idle]) clock.aheadSeconds += 3600;
    idle.clock.aheadSeconds -= 30;
    assert.notInclude([first, second], await idle.replayStore.epoch!());
  });

  it('that is ahead where a token is revoked drops nothing: the entry lives to its end by the clock of Redis (attack: a token lives again after its revocation)', async () => {
    const { client, step } = stepping(server);
    const now = Date.now() / 1000;
    await verifier(client, { aheadSeconds: 700 }).revocation.revoke({ jti: 'a', expiresAtSeconds: now + 300 });
    const { revocation } = verifier(client);
    assert.isTrue(await revocation.check({ jti: 'a', iat: now }));
    await step(590);
    assert.isTrue(await verifier(client, { aheadSeconds: 590 }).revocation.check({ jti: 'a', iat: now }));
    await step(20);
    assert.isFalse(await verifier(client, { aheadSeconds: 610 }).revocation.check({ jti: 'a', iat: now }));
  });

  it('that is ahead takes nothing out of the feed, at the revoker or at the mirror', async () => {
    const { client } = stepping(server);
    const expiresAtSeconds = Date.now() / 1000 + 300;
    const [right, ahead] = [verifier(client), verifier(client, { aheadSeconds: 3600 })];
    await right.revocation.revoke({ jti: 'a', expiresAtSeconds });
    for (const jti of ['b', 'c']) await ahead.revocation.revoke({ jti, expiresAtSeconds });
    for (const { revocationFeed } of [right, ahead]) assert.sameMembers(await liveIn(revocationFeed), ['a', 'b', 'c']);
  });

  it('that is right lets the feed forget what has expired, with the next revocation', async () => {
    const { client, step } = stepping(server);
    const { clock, nowSeconds, revocation, revocationFeed } = verifier(client);
    await revocation.revoke({ jti: 'old', expiresAtSeconds: nowSeconds() + 100 });
    for (const [seconds, live] of [[390, ['old', 'new 390']], [20, ['new 390', 'new 20']]] as [number, string[]][]) {
      clock.aheadSeconds += seconds;
      await step(seconds);
      await revocation.revoke({ jti: `new ${seconds}`, expiresAtSeconds: nowSeconds() + 100 });
      assert.sameMembers(await liveIn(revocationFeed), live);
    }
  });

  async function liveIn(feed: RevocationFeed): Promise<string[]> {
    const { revocations } = await feed.snapshot(new AbortController().signal);
    const names: string[] = [];
    for await (const revocation of revocations) names.push((revocation as TokenRevocation).jti);
    return names;
  }
});
