import { assert } from 'chai';
import { memoryReplayStore, type MemoryReplayStoreOptions } from '../../src/resource-server.ts';

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

  it('remembers until the key expires, and at most four seconds longer, wherever the ticks of its clock lie', async () => {
    for (let offset = 0; offset < 12; offset += 0.5) {
      const { clock, claim } = createStore();
      clock.nowSeconds += offset;
      assert.isTrue(await claim('a', 25));
      clock.nowSeconds += 24.99;
      assert.isFalse(await claim('a', 25));
      clock.nowSeconds += 4.01;
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

  it('says since when it is whole: since it was made', async () => {
    const { clock, store } = createStore();
    clock.nowSeconds += 100;
    assert.equal(await store.bornAtSeconds!(), 1_800_000_000);
  });

  it('refuses keys that it cannot tell apart, and times that are none', async () => {
    const { store, clock } = createStore();
    for (const [key, expiresAtSeconds] of [
      ['x'.repeat(129), clock.nowSeconds + 60],
      ['a', clock.nowSeconds + 41 * 3600],
      ['a', clock.nowSeconds * 1000],
      ['a', Number.NaN],
      ['a', Infinity],
    ] as const) {
      assert.instanceOf(await rejection(store.claim(key, expiresAtSeconds)), RangeError);
    }
    assert.isTrue(await store.claim('a', clock.nowSeconds + 60));
  });

  const mistakes = [0, -1, 1.5, Number.NaN, Infinity, 100_000_001];
  for (const value of mistakes) {
    it(`a cap of ${value} is a TypeError`, () => {
      assert.throws(() => memoryReplayStore({ maxEntries: value }), TypeError, 'maxEntries');
    });
  }

  for (const maxEntriesPerKey of mistakes.slice(0, 5)) {
    it(`a quota of ${maxEntriesPerKey} is a TypeError`, () => {
      assert.throws(() => memoryReplayStore({ maxEntriesPerKey }), TypeError, 'maxEntriesPerKey');
    });
  }

  it('a clock that is no function is a TypeError', () => {
    assert.throws(() => memoryReplayStore({ nowSeconds: 1 as unknown as () => number }), TypeError, 'nowSeconds must be a function');
  });
});

describe('memory replay store: what it holds, against a Map', () => {
  /** What the store has to know: never less, and more for four seconds only. */
  function createModel() {
    const ends = new Map<string, number>();
    return {
      isSpent: (key: string, nowSeconds: number) => (ends.get(key) ?? 0) > nowSeconds,
      mayBeFree: (key: string, nowSeconds: number) => (ends.get(key) ?? 0) <= nowSeconds - 4,
      spend: (key: string, endSeconds: number) => ends.set(key, endSeconds),
    };
  }

  it('forgets no live key and keeps no dead one, while tens of thousands come and go', async () => {
    const { clock, store } = createStore();
    const model = createModel();
    let kept = 0;
    for (let turn = 0; turn < 60_000; turn += 1) {
      clock.nowSeconds += 0.02;
      const key = `proof:${(turn * 7919) % 3011}`;
      const end = clock.nowSeconds + 1 + ((turn * 31) % 300);
      const claimed = await store.claim(key, end);
      if (model.isSpent(key, clock.nowSeconds)) assert.isFalse(claimed, `${key} at ${turn}`);
      else if (model.mayBeFree(key, clock.nowSeconds)) assert.isTrue(claimed, `${key} at ${turn}`);
      if (claimed) model.spend(key, end);
      else kept += 1;
    }
    assert.isAbove(kept, 1000);
  });

  it('is whole again after hours and days without anybody', async () => {
    for (const idleHours of [1, 20, 27, 30, 45, 73, 1000]) {
      const { clock, store, claim } = createStore(5000);
      for (let key = 0; key < 5000; key += 1) await claim(`old ${key}`, 86_400);
      clock.nowSeconds += idleHours * 3600;
      const isAlive = idleHours < 24;
      for (let key = 0; key < 5000; key += 1) {
        if (isAlive) assert.isFalse(await claim(`old ${key}`));
        else assert.isTrue(await claim(`old ${key}`), `${key} after ${idleHours} h`);
      }
      assert.instanceOf(await rejection(store.claim('one more', clock.nowSeconds + 60)), Error);
    }
  });

  it('keeps no dead key beside one that lives for a day, however long nobody comes', async () => {
    for (let idleHours = 1; idleHours < 30; idleHours += 1) {
      const { clock, claim } = createStore(1000);
      await claim('long', 30 * 3600);
      for (let key = 0; key < 100; key += 1) await claim(`${key}`, 60);
      clock.nowSeconds += idleHours * 3600;
      assert.isFalse(await claim('long'));
      for (let key = 0; key < 100; key += 1) assert.isTrue(await claim(`${key}`), `${key} after ${idleHours} h`);
    }
  });

  it('counts its live entries right when all of them have gone: the cap is a cap on live ones', async () => {
    const { clock, claim } = createStore(1000);
    for (let round = 0; round < 20; round += 1) {
      for (let key = 0; key < 1000; key += 1) assert.isTrue(await claim(`${round} ${key}`, 60 + (key % 10)));
      assert.instanceOf(await rejection(claim('one more')), Error);
      clock.nowSeconds += 74;
    }
  });

  it('stays right when its clock goes back: nothing that was spent is free (THREAT_MODEL, Time)', async () => {
    const { clock, claim } = createStore();
    for (let key = 0; key < 100; key += 1) await claim(`${key}`, 60);
    clock.nowSeconds -= 3600;
    for (let key = 0; key < 100; key += 1) assert.isFalse(await claim(`${key}`, 60));
    clock.nowSeconds += 3600 + 59;
    for (let key = 0; key < 100; key += 1) assert.isFalse(await claim(`${key}`, 60));
  });
});

describe('memory replay store: everything of a request at once (RFC 9449 §11.1)', () => {
  function createSpender(options: MemoryReplayStoreOptions = {}) {
    const clock = { nowSeconds: 1_800_000_000 };
    const store = memoryReplayStore({ nowSeconds: () => clock.nowSeconds, ...options });
    const until = () => clock.nowSeconds + 60;
    const spend = (parts: { proof: string; nonce?: string; jkt?: string; epoch?: string }) => {
      const { proof, nonce, jkt = 'alice', epoch } = parts;
      const claim = (key: string) => ({ key, expiresAtSeconds: until() });
      return store.spend!({ proof: claim(proof), ...(nonce && { nonce: claim(nonce) }), ...(epoch && { epoch }), jkt });
    };
    return { clock, store, spend };
  }

  it('spends a proof once, of many at a time', async () => {
    const { spend } = createSpender();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => spend({ proof: 'p' })));
    assert.lengthOf(outcomes.filter((outcome) => outcome === 'spent'), 1);
    assert.lengthOf(outcomes.filter((outcome) => outcome === 'proof_replayed'), 49);
  });

  it('spends a nonce once, and not for a replay', async () => {
    const { spend } = createSpender();
    assert.equal(await spend({ proof: 'p', nonce: 'n' }), 'spent');
    assert.equal(await spend({ proof: 'q', nonce: 'n' }), 'nonce_reused');
    assert.equal(await spend({ proof: 'p', nonce: 'm' }), 'proof_replayed');
    assert.equal(await spend({ proof: 'r', nonce: 'm' }), 'spent', 'the replay left the nonce alone');
  });

  it('is one memory with claim', async () => {
    const { spend, store, clock } = createSpender();
    assert.equal(await spend({ proof: 'p' }), 'spent');
    assert.isFalse(await store.claim('p', clock.nowSeconds + 60));
  });

  it('spends nothing that was judged by another epoch (attack 113)', async () => {
    const { spend, store } = createSpender();
    assert.equal(await spend({ proof: 'p', epoch: 'another' }), 'epoch_changed');
    assert.equal(await spend({ proof: 'p', epoch: await store.epoch!() }), 'spent');
  });

  it('stops a key that is over its quota, and nobody else (attack 119)', async () => {
    const { spend, clock } = createSpender({ maxEntriesPerKey: 10 });
    for (let count = 0; count < 10; count += 1) assert.equal(await spend({ proof: `p${count}` }), 'spent');
    const error = await rejection(spend({ proof: 'p10' }));
    assert.propertyVal(error, 'name', 'QuotaError');
    assert.notInclude(String(error), 'alice');
    assert.equal(await spend({ proof: 'p3' }), 'proof_replayed', 'what is known needs no room');
    assert.equal(await spend({ proof: 'p10', jkt: 'bob' }), 'spent');
    clock.nowSeconds += 120;
    assert.equal(await spend({ proof: 'p11' }), 'spent', 'they have expired');
  });

  it('begins a new epoch where its clock was set back: what it forgot under the later time may be good again', async () => {
    const { store, clock, spend } = createSpender();
    const epoch = await store.epoch!();
    clock.nowSeconds += 3600;
    assert.equal(await spend({ proof: 'p', epoch }), 'spent');
    const latest = clock.nowSeconds;
    clock.nowSeconds -= 3600;
    assert.equal(await spend({ proof: 'q', epoch }), 'epoch_changed');
    assert.notEqual(await store.epoch!(), epoch);
    assert.equal(await store.bornAtSeconds!(), latest);
    assert.equal(await spend({ proof: 'q', epoch: await store.epoch!() }), 'spent');
  });

  it('has room for all that it holds when its clock was ahead and is set right: entries from a time that never was do not fill it', async () => {
    const { store, clock, spend } = createSpender({ maxEntries: 100 });
    clock.nowSeconds += 86_400;
    for (let count = 0; count < 100; count += 1) assert.equal(await spend({ proof: `ahead ${count}`, jkt: `${count}` }), 'spent');
    assert.propertyVal(await rejection(spend({ proof: 'x' })), 'name', 'FullError');
    clock.nowSeconds -= 86_400;
    const epoch = await store.epoch!();
    for (let count = 0; count < 100; count += 1) assert.equal(await spend({ proof: `right ${count}`, jkt: `${count}`, epoch }), 'spent');
    assert.propertyVal(await rejection(spend({ proof: 'x', epoch })), 'name', 'FullError');
  });

  it('refuses through any number of steps back what was claimed before: claims alone have no epoch to be fenced by', async () => {
    const { store, clock, spend } = createSpender({ maxEntries: 10 });
    const expiresAtSeconds = clock.nowSeconds + 3600;
    const claimed: string[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      assert.isTrue(await store.claim(`${turn}`, expiresAtSeconds));
      claimed.push(`${turn}`);
      clock.nowSeconds -= 5;
      for (const key of claimed) {
        assert.isFalse(await store.claim(key, expiresAtSeconds), `${key} in turn ${turn}`);
        assert.equal(await spend({ proof: key }), 'proof_replayed');
      }
    }
  });

  it('takes no more than twice what it holds through steps back', async () => {
    const { store, clock } = createSpender({ maxEntries: 10 });
    const expiresAtSeconds = clock.nowSeconds + 3600;
    let taken = 0;
    for (let turn = 0; turn < 5; turn += 1) {
      for (let count = 0; count < 10; count += 1) taken += (await store.claim(`${turn} ${count}`, expiresAtSeconds).catch(() => false)) ? 1 : 0;
      clock.nowSeconds -= 5;
    }
    assert.equal(taken, 20);
    clock.nowSeconds += 3625 + 4;
    for (let count = 0; count < 10; count += 1) assert.isTrue(await store.claim(`later ${count}`, clock.nowSeconds + 60));
  });

  it('keeps its epoch through steps back of less than a second: what it forgot has been dead for longer', async () => {
    const { store, clock } = createSpender();
    const [epoch, born] = [await store.epoch!(), await store.bornAtSeconds!()];
    for (const step of [60, -0.5, -0.4, 0.9, 5, -0.9]) {
      clock.nowSeconds += step;
      assert.deepEqual([await store.epoch!(), await store.bornAtSeconds!()], [epoch, born]);
    }
    clock.nowSeconds -= 0.2;
    assert.notEqual(await store.epoch!(), epoch, 'small steps add up');
  });

  it('frees its quotas when its clock has been ahead, and when it goes back and forth', async () => {
    const { spend, clock } = createSpender({ maxEntriesPerKey: 10 });
    for (let turn = 0; turn < 20; turn += 1) {
      clock.nowSeconds += 6 * 3600;
      for (let count = 0; count < 10; count += 1) assert.equal(await spend({ proof: `ahead ${turn} ${count}` }), 'spent');
      assert.propertyVal(await rejection(spend({ proof: 'x' })), 'name', 'QuotaError');
      clock.nowSeconds -= 6 * 3600;
      for (let count = 0; count < 10; count += 1) assert.equal(await spend({ proof: `back ${turn} ${count}` }), 'spent');
      assert.propertyVal(await rejection(spend({ proof: 'x' })), 'name', 'QuotaError');
      clock.nowSeconds += 120;
    }
  });

  it('lets a key have all of its quota alive, never more, at any rate', async () => {
    for (const everySeconds of [0.01, 0.5, 1]) {
      const { spend, clock } = createSpender({ maxEntriesPerKey: 20 });
      const ends: number[] = [];
      for (let turn = 0; turn < 2000; turn += 1) {
        clock.nowSeconds += everySeconds;
        const outcome = await spend({ proof: `p${turn}` }).catch(() => 'refused');
        if (outcome === 'spent') ends.push(clock.nowSeconds + 60);
        assert.isAtMost(ends.filter((end) => end > clock.nowSeconds).length, 20);
      }
      assert.isAtLeast(ends.length, 20);
    }
  });

  it('does not charge a key for copies that others send of its proofs', async () => {
    const { spend } = createSpender({ maxEntriesPerKey: 3 });
    assert.equal(await spend({ proof: 'p' }), 'spent');
    for (let count = 0; count < 100; count += 1) assert.equal(await spend({ proof: 'p' }), 'proof_replayed');
    assert.equal(await spend({ proof: 'q' }), 'spent');
  });

  it('keeps honest keys apart from one over its quota, among ten thousand', async () => {
    const { spend } = createSpender();
    for (let count = 0; count < 1000; count += 1) await spend({ proof: `greedy ${count}`, jkt: 'greedy' });
    assert.propertyVal(await rejection(spend({ proof: 'x', jkt: 'greedy' })), 'name', 'QuotaError');
    for (let client = 0; client < 10_000; client += 1) assert.equal(await spend({ proof: `c${client}`, jkt: `c${client}` }), 'spent');
  });

  it('rejects when it is full, for proof and nonce together', async () => {
    const { spend } = createSpender({ maxEntries: 3 });
    assert.equal(await spend({ proof: 'p', nonce: 'n' }), 'spent');
    assert.propertyVal(await rejection(spend({ proof: 'q', nonce: 'm' })), 'name', 'FullError');
    assert.equal(await spend({ proof: 'p', nonce: 'n' }), 'proof_replayed');
    assert.equal(await spend({ proof: 'q' }), 'spent', 'the refused proof was not spent');
  });

  it('counts long lives by themselves: they do not make short ones last', async () => {
    const { store, spend, clock } = createSpender({ maxEntriesPerKey: 5 });
    await store.spend!({ proof: { key: 'day', expiresAtSeconds: clock.nowSeconds + 86_400 }, jkt: 'alice' });
    for (let count = 0; count < 4; count += 1) assert.equal(await spend({ proof: `p${count}` }), 'spent');
    assert.instanceOf(await rejection(spend({ proof: 'p4' })), Error);
    clock.nowSeconds += 120;
    for (let count = 5; count < 9; count += 1) assert.equal(await spend({ proof: `p${count}` }), 'spent');
    assert.instanceOf(await rejection(spend({ proof: 'p9' })), Error);
  });
});
