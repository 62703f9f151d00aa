import { assert } from 'chai';
import { mirroredRevocation, type FeedPage, type MirroredRevocationOptions } from '../../src/resource-server.ts';
import { createApi } from '../support/api.ts';
import { createFeed } from '../support/feed.ts';
import { passSteadily } from '../support/steady-clock.ts';

const start = 1_800_000_000;
const token = (jti: string) => ({ jti, iat: start });
const revocation = (jti: string) => ({ jti, expiresAtSeconds: start + 300 });

function createMirror(options: Partial<MirroredRevocationOptions> = {}, feed = createFeed()) {
  const clock = { nowSeconds: start };
  const mirror = mirroredRevocation({ source: feed, nowSeconds: () => clock.nowSeconds, ...options });
  return { clock, feed, mirror };
}

async function rejection(promise: Promise<unknown>): Promise<Error> {
  return promise.then(() => assert.fail('it should have been rejected'), (error: Error) => error);
}

describe('mirrored revocation', () => {
  it('knows what was revoked before it came, and what is revoked after', async () => {
    const feed = createFeed();
    feed.revoke(revocation('old'));
    const { mirror } = createMirror({}, feed);
    await mirror.ready();
    assert.isTrue(await mirror.check(token('old')));
    assert.isFalse(await mirror.check(token('new')));
    feed.revoke(revocation('new'));
    await feed.beat();
    assert.isTrue(await mirror.check(token('new')));
    assert.equal(feed.calls.snapshots, 1);
    mirror.close();
  });

  it('knows users, sessions, clients and keys by the time of issue', async () => {
    const { mirror, feed } = createMirror();
    const device = 'd'.repeat(43);
    feed.revoke({ jkt: device, notBeforeSeconds: start, expiresAtSeconds: start + 300 });
    await mirror.ready();
    await feed.beat();
    assert.isTrue(await mirror.check({ jti: 'a', jkt: device, iat: start }));
    assert.isFalse(await mirror.check({ jti: 'b', jkt: device, iat: start + 1 }));
    mirror.close();
  });

  it('answers while the feed lives, however long nothing is revoked', async () => {
    const { mirror, feed, clock } = createMirror();
    await mirror.ready();
    for (let beat = 0; beat < 20; beat += 1) {
      clock.nowSeconds += 2.5;
      await feed.beat();
      assert.isFalse(await mirror.check(token('a')));
    }
    assert.equal(feed.calls.lastWaitSeconds, 2.5, 'a quarter of what it may be behind');
    assert.equal(feed.calls.snapshots, 1);
    mirror.close();
  });

  it('rejects when it is behind for longer than it may be, to the second (attack 124)', async () => {
    const { mirror, feed, clock } = createMirror({ maxStalenessSeconds: 10 });
    await mirror.ready();
    feed.hang();
    clock.nowSeconds += 10;
    assert.isFalse(await mirror.check(token('a')));
    clock.nowSeconds += 0.1;
    const waiting = mirror.check(token('a'));
    mirror.close();
    assert.equal((await rejection(waiting)).name, 'StaleError');
  });

  it('counts its age from when it asked, not from when the answer came', async () => {
    const { mirror, feed, clock } = createMirror({ maxStalenessSeconds: 10 });
    await mirror.ready();
    clock.nowSeconds += 9;
    await feed.beat();
    feed.fail();
    clock.nowSeconds += 2;
    assert.include(String((await rejection(mirror.check(token('a')))).cause), 'The feed is down');
    mirror.close();
  });

  it('comes back by itself when the feed does, and then knows what it missed', async () => {
    for (const fault of ['fail', 'hang'] as const) {
      const { mirror, feed, clock } = createMirror();
      await mirror.ready();
      feed[fault]();
      await feed.beat();
      clock.nowSeconds += 60;
      feed.revoke(revocation('meanwhile'));
      const denied = rejection(mirror.check(token('meanwhile')));
      feed.heal();
      clock.nowSeconds += 60;
      assert.isTrue(await mirror.check(token('meanwhile')), fault);
      assert.isFalse(await mirror.check(token('other')));
      assert.equal((await denied).name, 'StaleError');
      mirror.close();
    }
  });

  it('tries again at most once a second, however many ask', async () => {
    const feed = createFeed();
    feed.fail();
    const { mirror, clock } = createMirror({}, feed);
    await Promise.all(Array.from({ length: 100 }, () => rejection(mirror.check(token('a')))));
    assert.equal(feed.calls.snapshots, 1);
    clock.nowSeconds += 1.5;
    await Promise.all(Array.from({ length: 100 }, () => rejection(mirror.ready())));
    assert.equal(feed.calls.snapshots, 2);
    mirror.close();
  });

  it('is not made young by a clock that is set back', async () => {
    const { mirror, feed, clock } = createMirror();
    await mirror.ready();
    feed.fail();
    await feed.beat();
    clock.nowSeconds -= 3600;
    assert.equal((await rejection(mirror.check(token('a')))).name, 'StaleError');
    mirror.close();
  });

  it('ages by the clock that nobody sets, where the other one is set back as far as time passes', async () => {
    const { mirror, feed, clock } = createMirror({ maxStalenessSeconds: 10 });
    await mirror.ready();
    feed.fail();
    await feed.beat();
    for (const [seconds, isFresh] of [[9, true], [2, false]] as const) {
      clock.nowSeconds -= seconds / 2;
      passSteadily(seconds);
      if (isFresh) assert.isFalse(await mirror.check(token('a')));
      else assert.equal((await rejection(mirror.check(token('a')))).name, 'StaleError');
    }
    mirror.close();
  });

  it('keeps what came while its clock was ahead, when that is set right (attack: a token lives again after its revocation)', async () => {
    const feed = createFeed();
    feed.revoke(revocation('in the snapshot'));
    const clock = { nowSeconds: start + 3600 };
    const { mirror } = createMirror({ nowSeconds: () => clock.nowSeconds, maxStalenessSeconds: 3600 }, feed);
    await mirror.ready();
    feed.revoke(revocation('in a page'));
    await feed.beat();
    clock.nowSeconds -= 3600;
    for (const jti of ['in the snapshot', 'in a page']) assert.isTrue(await mirror.check(token(jti)), jti);
    mirror.close();
  });

  it('tries again while its clock is set back', async () => {
    const feed = createFeed();
    feed.fail();
    const { mirror, clock } = createMirror({}, feed);
    await rejection(mirror.ready());
    clock.nowSeconds -= 1;
    passSteadily(2);
    feed.heal();
    assert.isFalse(await mirror.check(token('a')));
    mirror.close();
  });

  const gaps: [string, (page: FeedPage) => FeedPage][] = [
    ['an entry left out', ({ position, entries }) => ({ position, entries: entries.slice(1) })],
    ['an entry twice', ({ position, entries }) => ({ position, entries: [...entries, ...entries] })],
    ['entries in another order', ({ position, entries }) => ({ position, entries: [...entries.slice(1), entries[0]!] })],
    ['an empty page that is ahead', ({ position }) => ({ position, entries: [] })],
    ['a page from before', ({ position, entries }) => ({ position: { ...position, sequence: 0 }, entries })],
    ['another generation', ({ position, entries }) => ({ position: { ...position, generation: 'other' }, entries })],
  ];
  for (const [gap, bend] of gaps) {
    it(`${gap}: it takes a snapshot again, and misses nothing`, async () => {
      const { mirror, feed, clock } = createMirror();
      await mirror.ready();
      clock.nowSeconds += 2;
      feed.hang();
      for (const jti of ['a', 'b', 'c']) feed.revoke(revocation(jti));
      feed.tamper(bend);
      feed.heal();
      await feed.beat();
      for (const jti of ['a', 'b', 'c']) assert.isTrue(await mirror.check(token(jti)), jti);
      assert.equal(feed.calls.snapshots, 2);
      mirror.close();
    });
  }

  it('takes a snapshot where the log is too short for it', async () => {
    const { mirror, feed, clock } = createMirror();
    await mirror.ready();
    clock.nowSeconds += 2;
    feed.hang();
    feed.revoke(revocation('a'));
    feed.trim();
    feed.heal();
    await feed.beat();
    assert.isTrue(await mirror.check(token('a')));
    assert.equal(feed.calls.snapshots, 2);
    mirror.close();
  });

  it('never unlearns: a source that was flushed does not bring a token back', async () => {
    const { mirror, feed, clock } = createMirror();
    feed.revoke(revocation('a'));
    await mirror.ready();
    clock.nowSeconds += 2;
    feed.restart();
    await feed.beat();
    assert.isTrue(await mirror.check(token('a')));
    feed.revoke(revocation('b'));
    await feed.beat();
    assert.isTrue(await mirror.check(token('b')));
    mirror.close();
  });

  it('reads page after page, and is not fresh before the last', async () => {
    const feed = createFeed({ pageLength: 2 });
    const { mirror } = createMirror({}, feed);
    await mirror.ready();
    feed.hang();
    for (let count = 0; count < 7; count += 1) feed.revoke(revocation(`t${count}`));
    feed.heal();
    await feed.beat();
    for (let count = 0; count < 7; count += 1) assert.isTrue(await mirror.check(token(`t${count}`)));
    mirror.close();
  });

  it('is bounded: one that is full falls behind, and rejects rather than forget (attack 119)', async () => {
    const { mirror, feed, clock } = createMirror({ maxEntries: 2 });
    await mirror.ready();
    for (const jti of ['a', 'b', 'c']) feed.revoke(revocation(jti));
    await feed.beat();
    clock.nowSeconds += 11;
    const error = await rejection(mirror.check(token('d')));
    assert.equal(error.name, 'StaleError');
    assert.include(String(error.cause), 'Full');
    mirror.close();
  });

  it('does not follow a feed that is never in order without end', async () => {
    const feed = createFeed();
    const read = feed.read.bind(feed);
    const disordered = { ...feed, snapshot: feed.snapshot, read: async (...[after, options]: Parameters<typeof read>) => {
      void read(after, options).catch(() => {});
      return { position: { generation: 'other', sequence: 1 }, entries: [] };
    } };
    const mirror = mirroredRevocation({ source: disordered, nowSeconds: () => start });
    await mirror.ready();
    await feed.beat();
    assert.equal(feed.calls.snapshots, 1);
    mirror.close();
  });

  it('lets go when it is closed', async () => {
    const { mirror, feed, clock } = createMirror();
    await mirror.ready();
    mirror.close();
    await feed.beat();
    const { reads } = feed.calls;
    clock.nowSeconds += 60;
    assert.equal((await rejection(mirror.check(token('a')))).name, 'StaleError');
    assert.equal(feed.calls.reads, reads);
  });

  it('behind a verifier: 503 when stale, and no restart when the feed is back (attack 124)', async () => {
    const feed = createFeed();
    const clock = { nowSeconds: start };
    const mirror = mirroredRevocation({ source: feed, nowSeconds: () => clock.nowSeconds });
    const api = await createApi({ revocation: mirror });
    assert.isTrue((await api.send()).ok);
    feed.revoke({ sub: 'alice', notBeforeSeconds: start, expiresAtSeconds: start + 300 });
    await feed.beat();
    assert.deepInclude(await api.send(), { step: 9, code: 'token_revoked' });
    feed.fail();
    await feed.beat();
    clock.nowSeconds += 11;
    assert.deepInclude(await api.send(), { step: 9, code: 'verifier_unavailable', status: 503 });
    feed.heal();
    clock.nowSeconds += 2;
    assert.deepInclude(await api.send(), { step: 9, code: 'token_revoked' });
    mirror.close();
  });

  const mistakes: [string, object, string][] = [
    ['no source', { source: undefined }, 'source'],
    ['a source that cannot be read', { source: { snapshot: async () => {} } }, 'source'],
    ['no staleness', { maxStalenessSeconds: 0 }, 'maxStalenessSeconds'],
    ['a staleness of a day', { maxStalenessSeconds: 86_400 }, 'maxStalenessSeconds'],
    ['a staleness that is NaN', { maxStalenessSeconds: Number.NaN }, 'maxStalenessSeconds'],
    ['a staleness as a text', { maxStalenessSeconds: '10' }, 'maxStalenessSeconds must be'],
    ['a clock that is no function', { nowSeconds: 1 }, 'nowSeconds must be a function'],
    ['no room', { maxEntries: 0 }, 'maxEntries'],
  ];
  for (const [mistake, options, named] of mistakes) {
    it(`${mistake} is a TypeError`, () => {
      assert.throws(() => mirroredRevocation({ source: createFeed(), ...options }), TypeError, named);
    });
  }

  it('no options are a TypeError that says what is missing', () => {
    assert.throws(mirroredRevocation as () => unknown, TypeError, 'source must be');
  });
});
