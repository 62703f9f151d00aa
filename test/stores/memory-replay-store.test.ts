import { assert } from 'chai';
import { memoryReplayStore } from '../../src/resource-server.ts';

function createStore(maxEntries?: number) {
  const clock = { nowSeconds: 1_800_000_000 };
  const store = memoryReplayStore({ nowSeconds: () => clock.nowSeconds, ...(maxEntries !== undefined && { maxEntries }) });
  const claim = (key: string, lifeSeconds = 60) => store.claim(key, clock.nowSeconds + lifeSeconds);
  return { clock, store, claim };
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(() => undefined, (error: unknown) => error);
}

describe('memory replay store', () => {
  it('gives a key to the first caller, and to nobody after', async () => {
    const { claim } = createStore();
    assert.isTrue(await claim('a'));
    assert.isFalse(await claim('a'));
    assert.isTrue(await claim('b'));
  });

  it('gives it to one of many callers at once', async () => {
    const { claim } = createStore();
    const claims = await Promise.all(Array.from({ length: 100 }, () => claim('a')));
    assert.lengthOf(claims.filter(Boolean), 1);
  });

  it('remembers until the key expires, to the second, wherever the slices of time end', async () => {
    for (let offset = 0; offset < 12; offset += 1) {
      const { clock, claim } = createStore();
      clock.nowSeconds += offset;
      assert.isTrue(await claim('a', 25));
      clock.nowSeconds += 24;
      assert.isFalse(await claim('a', 25));
      clock.nowSeconds += 1;
      assert.isTrue(await claim('a', 25));
      assert.isFalse(await claim('a', 25));
    }
  });

  it('finds a key that is claimed again with another expiry', async () => {
    const { claim } = createStore();
    assert.isTrue(await claim('a', 60));
    for (const life of [1, 59, 61, 3600]) assert.isFalse(await claim('a', life));
  });

  it('rejects when it is full, forgets nothing that lives, and takes again what expiry makes room for', async () => {
    const { clock, claim } = createStore(3);
    for (const key of ['a', 'b', 'c']) assert.isTrue(await claim(key));
    assert.instanceOf(await rejection(claim('d')), Error);
    for (const key of ['a', 'b', 'c']) assert.isFalse(await claim(key));
    clock.nowSeconds += 70;
    for (const key of ['d', 'e', 'f']) assert.isTrue(await claim(key));
    assert.instanceOf(await rejection(claim('g')), Error);
  });

  it('keeps what is expired by its own clock already: the claimant, behind, may come again', async () => {
    const { store } = createStore();
    assert.isTrue(await store.claim('a', 1_700_000_000));
    assert.isFalse(await store.claim('a', 1_700_000_000));
  });

  it('has an epoch of its own, and is not shared', async () => {
    const { store } = createStore();
    assert.equal(await store.epoch!(), await store.epoch!());
    assert.notEqual(await store.epoch!(), await createStore().store.epoch!());
    assert.isFalse(store.shared);
  });

  for (const maxEntries of [0, -1, 1.5, Number.NaN, Infinity]) {
    it(`a cap of ${maxEntries} is a TypeError`, () => {
      assert.throws(() => memoryReplayStore({ maxEntries }), TypeError, 'maxEntries');
    });
  }
});
