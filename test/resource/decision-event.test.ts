import { assert } from 'chai';
import { RedisStoreError } from '../../src/redis.ts';
import { createResourceServer, type DecisionEvent } from '../../src/resource-server.ts';
import { agedMemory, createApi } from '../support/api.ts';
import { brokenListeners } from '../support/listeners.ts';

async function createHeard(options: object = {}) {
  const events: DecisionEvent[] = [];
  const api = await createApi({ onDecision: (event) => void events.push(event), ...options });
  return { api, events };
}

describe('resource server: what monitoring hears', () => {
  it('every decision, by code and step', async () => {
    const { api, events } = await createHeard();
    const request = await api.request();
    await api.verify(request);
    await api.verify(request);
    await api.verify({ ...request, method: 'PUT' });
    await api.verify({ ...request, headers: [] });
    assert.deepEqual(events.map(({ code, step }) => [code, step]), [
      ['allow', 10], ['proof_replayed', 10], ['method_mismatch', 3], ['missing_credentials', 1],
    ]);
  });

  it('how long it took, and how long the stores did, where they were asked', async () => {
    const { api, events } = await createHeard();
    await api.send();
    await api.send({ proof: 'nonsense' });
    const [allowed, denied] = events;
    // Some browsers' clocks are too coarse to see it.
    assert.isAtLeast(allowed!.storeSeconds!, 0);
    assert.isAtLeast(allowed!.seconds, allowed!.storeSeconds!);
    assert.isAtLeast(denied!.seconds, 0);
    assert.notProperty(denied!, 'storeSeconds');
  });

  it('what kind of failure a 503 is', async () => {
    const clock = { nowSeconds: 1_800_000_000 };
    const failures: [object, string][] = [
      [{ replayStore: { claim: () => new Promise(() => {}) } }, 'TimeoutError'],
      [{ replayStore: agedMemory(clock, { maxEntries: 1 }) }, 'FullError'],
      [{ revocation: { check: () => Promise.reject(new RangeError('x')) } }, 'RangeError'],
      [{ revocation: { check: () => Promise.reject('text') } }, 'string'],
      [{ replayStore: { claim: () => Promise.reject(new RedisStoreError('over-quota', 'x')) } }, 'RedisStoreError: over-quota'],
      [{ revocation: { check: () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })) } }, 'Error: ECONNREFUSED'],
      [{ revocation: { check: () => Promise.reject(Object.assign(new Error('x'), { code: 'no code, but a sentence' })) } }, 'Error'],
      [{ revocation: { check: () => Promise.reject(Object.assign(new Error('x'), { code: 7 })) } }, 'Error'],
    ];
    for (const [options, failure] of failures) {
      const { api, events } = await createHeard({ storeTimeoutSeconds: 0.02, ...options });
      await api.send();
      await api.send();
      assert.propertyVal(events.at(-1), 'code', 'verifier_unavailable');
      assert.propertyVal(events.at(-1), 'failure', failure);
    }
  });

  it('nothing that the request brought', async () => {
    const { api, events } = await createHeard();
    const request = await api.request({ proofParts: { claims: { jti: 'jti-of-the-proof' } } });
    await api.verify(request);
    await api.verify(request);
    const heard = JSON.stringify(events);
    for (const secret of ['jti-of-the-proof', 'alice', 'orders', api.alice.jkt, ...request.headers.map(([, value]) => value)]) {
      assert.notInclude(heard, secret);
    }
    for (const event of events) assert.containsAllKeys(event, ['code', 'step', 'seconds']);
  });

  for (const [fault, onDecision] of brokenListeners) {
    it(`decides as ever where the listener ${fault}`, async () => {
      const api = await createApi({ onDecision });
      const request = await api.request();
      assert.isTrue((await api.verify(request)).ok);
      assert.deepInclude(await api.verify(request), { step: 10, code: 'proof_replayed' });
    });
  }

  it('is a TypeError where the listener is no function', async () => {
    const { options } = await createApi();
    assert.throws(() => createResourceServer({ ...options, onDecision: 'log' as unknown as () => void }), TypeError, 'onDecision');
  });
});
