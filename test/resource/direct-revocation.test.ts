import { assert } from 'chai';
import {
  createResourceServer, memoryRevocation, type ReplayStore, type Revocation, type SpendOutcome, type Spending, type TokenIdentity,
} from '../../src/resource-server.ts';
import { agedMemory, createApi } from '../support/api.ts';

/** One memory for both, as a shared store is: it says what it was asked. */
function createMemory(clock: { nowSeconds: number }) {
  const revoked = memoryRevocation({ nowSeconds: () => clock.nowSeconds });
  const spent = agedMemory(clock);
  const asked = { check: [] as TokenIdentity[], spend: [] as Spending[] };
  const revocation = {
    revoke: (token: Revocation) => revoked.revoke(token),
    check: async (token: TokenIdentity) => (asked.check.push(token), revoked.check(token)),
  };
  const replayStore: ReplayStore = {
    ...spent,
    revocation,
    async spend(spending): Promise<SpendOutcome> {
      asked.spend.push(spending);
      if (spending.token && (await revoked.check(spending.token))) return 'token_revoked';
      return spent.spend!(spending);
    },
  };
  return { asked, revocation, replayStore };
}

describe('resource server: revocation in the memory of the spent proofs', () => {
  const clock = { nowSeconds: 1_800_000_000 };
  const soon = { expiresAtSeconds: clock.nowSeconds + 300 };

  it('asks once for both, with all that is known of the token', async () => {
    const { asked, ...memory } = createMemory(clock);
    const api = await createApi(memory);
    assert.isTrue((await api.send({ token: { claims: { jti: 'j', sid: 's' } } })).ok);
    assert.lengthOf(asked.check, 0);
    assert.deepEqual(asked.spend.map(({ token }) => token), [
      { iss: api.issuer.issuer, jti: 'j', sub: 'alice', sid: 's', client_id: 'shop', iat: clock.nowSeconds, jkt: api.alice.jkt },
    ]);
  });

  it('denies at step 9 what is revoked (attacks 120, 121)', async () => {
    const { asked, ...memory } = createMemory(clock);
    const api = await createApi(memory);
    await memory.revocation.revoke({ jkt: api.alice.jkt, notBeforeSeconds: clock.nowSeconds, ...soon });
    assert.deepInclude(await api.send(), { step: 9, code: 'token_revoked', status: 401 });
    assert.deepInclude(await api.send({ proofParts: { key: api.thief } }), { step: 8, code: 'proof_key_not_bound_to_token' });
    assert.lengthOf(asked.check, 0);
  });

  it('still knows a replay', async () => {
    const { asked: _, ...memory } = createMemory(clock);
    const api = await createApi(memory);
    const request = await api.request();
    assert.isTrue((await api.verify(request)).ok);
    assert.deepInclude(await api.verify(request), { step: 10, code: 'proof_replayed' });
  });

  it('asks about Bearer tokens, which spend nothing', async () => {
    const { asked, ...memory } = createMemory(clock);
    const api = await createApi({ ...memory, bearer: 'unbound-only' });
    const accessToken = await api.issueToken({ claims: { jti: 'unbound', cnf: undefined } });
    const send = () => api.send({ headers: () => [['Authorization', `Bearer ${accessToken}`]] });
    assert.isTrue((await send()).ok);
    await memory.revocation.revoke({ jti: 'unbound', ...soon });
    assert.deepInclude(await send(), { step: 9, code: 'token_revoked' });
    assert.lengthOf(asked.spend, 0);
  });

  it('does not rest on the replay store where another source is configured: a wrapper, or one beside it', async () => {
    const { asked, replayStore, revocation } = createMemory(clock);
    for (const source of [{ check: revocation.check }, memoryRevocation()]) {
      const api = await createApi({ replayStore, revocation: source });
      assert.isTrue((await api.send()).ok);
      assert.isUndefined(asked.spend.pop()!.token);
    }
    assert.lengthOf(asked.check, 1, 'the wrapper was asked');
  });

  it('does not rest on a store that has no spend of its own', async () => {
    const { asked, replayStore, revocation } = createMemory(clock);
    const { spend: _, ...claimOnly } = replayStore;
    const api = await createApi({ replayStore: claimOnly, revocation });
    assert.isTrue((await api.send()).ok);
    assert.lengthOf(asked.check, 1);
  });

  it('looks up nothing where no revocation is configured', async () => {
    const { asked, replayStore } = createMemory(clock);
    const api = await createApi({ replayStore });
    const { revocation: _, ...options } = api.options;
    assert.isTrue((await createResourceServer(options).verify(await api.request())).ok);
    assert.isUndefined(asked.spend[0]!.token);
    assert.lengthOf(asked.check, 0);
  });

  it('answers 503 where it fails (attack 117)', async () => {
    const { replayStore, revocation } = createMemory(clock);
    const api = await createApi({ revocation, replayStore: { ...replayStore, spend: () => Promise.reject(new Error('down')) } });
    assert.deepInclude(await api.send(), { step: 10, code: 'verifier_unavailable', status: 503 });
  });
});
