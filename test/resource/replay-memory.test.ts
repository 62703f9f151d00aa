import { assert } from 'chai';
import { memoryReplayStore, type NoncePolicy, type ReplayStore, type SpendOutcome } from '../../src/resource-server.ts';
import { agedMemory, createApi, type Api } from '../support/api.ts';

const secret = 'a secret of thirty-two bytes or more';

function newborn(api: Api) {
  return api.replica({ replayStore: memoryReplayStore({ nowSeconds: () => api.clock.nowSeconds }) });
}

describe('resource server: a memory that was lost (attacks 113, 114)', () => {
  const policies: [NoncePolicy, object][] = [
    [{ policy: 'none' }, { step: 5, code: 'verifier_unavailable', status: 503 }],
    [{ policy: 'window', secret }, { step: 5, code: 'bad_or_missing_nonce', status: 401 }],
    [{ policy: 'single-use', secret }, { step: 5, code: 'bad_or_missing_nonce', status: 401 }],
  ];
  for (const [nonce, denied] of policies) {
    it(`policy ${nonce.policy}: no proof from before passes again, whenever it comes`, async () => {
      const api = await createApi({ nonce });
      const asked = nonce.policy === 'none' ? undefined : await api.fetchNonce();
      // From the near future, as a client whose clock is ahead makes them: the longest-lived of all.
      const request = await api.request({ nonce: asked, proofParts: { nowSeconds: api.clock.nowSeconds + 10 } });
      assert.isTrue((await api.verify(request)).ok);
      const restarted = newborn(api);
      for (let waited = 0; waited <= 90; waited += 1) {
        const decision = await restarted.verify(request);
        assert.isFalse(decision.ok, `after ${waited} s`);
        if (waited === 0) assert.deepInclude(decision, denied);
        api.clock.nowSeconds += 1;
      }
    });

    it(`policy ${nonce.policy}: nor where the process that is gone was ahead by the tolerance, and the client ahead of that`, async () => {
      const api = await createApi({ nonce });
      const clock = { nowSeconds: api.clock.nowSeconds + 10 };
      const ahead = api.replica({ nonce, nowSeconds: () => clock.nowSeconds, replayStore: agedMemory(clock) });
      const challenge = await ahead.verify(await api.request());
      const asked = challenge.headers.get('DPoP-Nonce') ?? undefined;
      const request = await api.request({ nonce: asked, proofParts: { nowSeconds: clock.nowSeconds + 10 } });
      assert.isTrue((await ahead.verify(request)).ok);
      const restarted = newborn(api);
      for (let waited = 0; waited <= 100; waited += 1, api.clock.nowSeconds += 1) {
        assert.isFalse((await restarted.verify(request)).ok, `after ${waited} s`);
      }
    });

    it(`policy ${nonce.policy}: honest clients recover by themselves`, async () => {
      const api = await createApi({ nonce });
      const restarted = newborn(api);
      if (nonce.policy === 'none') {
        const early = await restarted.verify(await api.request());
        assert.deepInclude(early, { step: 5, code: 'verifier_unavailable' });
        assert.isNotNull(early.headers.get('Retry-After'));
        api.clock.nowSeconds += 20.5;
        assert.isTrue((await restarted.verify(await api.request())).ok);
      } else {
        const challenge = await restarted.verify(await api.request({ nonce: await api.fetchNonce() }));
        const next = challenge.headers.get('DPoP-Nonce')!;
        assert.isTrue((await restarted.verify(await api.request({ nonce: next }))).ok);
      }
    });
  }

  it('a memory that is lost between the check of the nonce and the claim: nothing passes by the old one', async () => {
    let isLost = false;
    const memory = (clock: { nowSeconds: number }): ReplayStore => {
      const before = agedMemory(clock);
      const after = agedMemory(clock);
      return { ...before, spend: (spending) => ((isLost ? after : before).spend!(spending)) };
    };
    for (const [nonce, code] of [[{ policy: 'window', secret }, 'bad_or_missing_nonce'], [{ policy: 'none' }, 'verifier_unavailable']] as const) {
      const api = await createApi({ nonce, replayStore: memory({ nowSeconds: 1_800_000_000 }) });
      isLost = false;
      const parts = nonce.policy === 'none' ? {} : { nonce: await api.fetchNonce() };
      assert.isTrue((await api.send(parts)).ok);
      isLost = true;
      const decision = await api.send(parts);
      assert.deepInclude(decision, { step: 10, code });
      assert.equal(decision.headers.has('DPoP-Nonce'), nonce.policy === 'window');
    }
  });
});

describe('resource server: replays at the edges of time (RFC 9449 §11.1)', () => {
  for (const [nonce, code] of [[{ policy: 'none' }, 'proof_expired'], [{ policy: 'window', secret }, 'bad_or_missing_nonce']] as const) {
    it(`policy ${nonce.policy}: a replay in a proof's last second is not let in by a slow step, when its entry is gone`, async () => {
      let slowSeconds = 0;
      const clock = { nowSeconds: 1_800_000_000 };
      const revocation = { check: async () => ((clock.nowSeconds += slowSeconds), false) };
      const api = await createApi({ nonce, revocation, nowSeconds: () => clock.nowSeconds, replayStore: agedMemory(clock) });
      const parts = nonce.policy === 'none' ? {} : { nonce: await api.fetchNonce() };
      const request = await api.request({ ...parts, proofParts: { nowSeconds: clock.nowSeconds } });
      assert.isTrue((await api.verify(request)).ok);
      clock.nowSeconds += nonce.policy === 'none' ? 70 : 60;
      slowSeconds = 30;
      assert.deepInclude(await api.verify(request), { ok: false, step: 10, code });
    });

    it(`policy ${nonce.policy}: a replay is refused on a replica whose clock is behind, for as long as it takes the proof for fresh`, async () => {
      const clock = { nowSeconds: 1_800_000_000 };
      const replayStore = agedMemory(clock);
      const api = await createApi({ nonce, nowSeconds: () => clock.nowSeconds, replayStore });
      const behind = api.replica({ nonce, nowSeconds: () => clock.nowSeconds - 10, replayStore });
      const parts = nonce.policy === 'none' ? {} : { nonce: await api.fetchNonce() };
      const request = await api.request({ ...parts, proofParts: { nowSeconds: clock.nowSeconds } });
      assert.isTrue((await api.verify(request)).ok);
      for (let waited = 0; waited <= 90; waited += 1, clock.nowSeconds += 1) assert.isFalse((await behind.verify(request)).ok, `after ${waited} s`);
    });
  }
});

describe('resource server: a clock that was ahead, and was set back (THREAT_MODEL, Time)', () => {
  const policies: NoncePolicy[] = [{ policy: 'none' }, { policy: 'window', secret }, { policy: 'single-use', secret }];
  const aheadSeconds = 2 * 3600;

  async function createGlitch(nonce: NoncePolicy) {
    const clock = { nowSeconds: 1_800_000_000 };
    // So small that the dead make room for the living soon.
    const api = await createApi({ nonce, nowSeconds: () => clock.nowSeconds, replayStore: agedMemory(clock, { maxEntries: 100 }) });
    const token = { claims: { exp: clock.nowSeconds + 86_400 } };
    const ask = async () => (nonce.policy === 'none' ? undefined : api.fetchNonce());
    const request = async () => api.request({ token, nonce: await ask(), proofParts: { nowSeconds: clock.nowSeconds } });
    return { api, clock, request };
  }

  for (const nonce of policies) {
    it(`policy ${nonce.policy}: what was spent meanwhile is not good again, when its time comes again`, async () => {
      const { api, clock, request } = await createGlitch(nonce);
      clock.nowSeconds += aheadSeconds;
      const spent = await request();
      assert.isTrue((await api.verify(spent)).ok);
      for (let waited = 0; waited < 200; waited += 5) {
        clock.nowSeconds += 5;
        assert.isTrue((await api.verify(await request())).ok);
      }
      clock.nowSeconds -= aheadSeconds;
      for (let waited = 0; waited <= aheadSeconds; waited += 5, clock.nowSeconds += 5) {
        assert.isFalse((await api.verify(spent)).ok, `after ${waited} s`);
      }
    });

    it(`policy ${nonce.policy}: honest clients recover by themselves`, async () => {
      const { api, clock, request } = await createGlitch(nonce);
      assert.isTrue((await api.verify(await request())).ok);
      clock.nowSeconds += aheadSeconds;
      assert.isTrue((await api.verify(await request())).ok);
      clock.nowSeconds -= aheadSeconds;
      if (nonce.policy === 'none') {
        assert.deepInclude(await api.verify(await request()), { step: 5, code: 'verifier_unavailable' });
        clock.nowSeconds += aheadSeconds + 20.5;
      }
      assert.isTrue((await api.verify(await request())).ok);
    });
  }
});

describe('resource server: nonces for single use (RFC 9449 §9)', () => {
  const nonce = { policy: 'single-use', secret } as const;

  it('spends the nonce only when everything else has passed', async () => {
    const api = await createApi({ nonce });
    const fresh = await api.fetchNonce();
    const accessToken = await api.issueToken();
    assert.deepInclude(await api.send({ accessToken, nonce: fresh, proofParts: { key: api.thief } }), { step: 8 });
    assert.deepInclude(await api.send({ nonce: fresh, token: { claims: { exp: 1 } } }), { step: 7 });
    await (api.options.revocation as unknown as { revoke(token: object): Promise<void> }).revoke({ jti: 'gone', expiresAtSeconds: api.clock.nowSeconds + 300 });
    assert.deepInclude(await api.send({ nonce: fresh, token: { claims: { jti: 'gone' } } }), { step: 9 });
    assert.isTrue((await api.send({ accessToken, nonce: fresh })).ok);
    assert.deepInclude(await api.send({ accessToken, nonce: fresh }), { step: 10, code: 'bad_or_missing_nonce' });
  });

  it('gives the next nonce with every answer, and keeps caches from it (RFC 9449 §8.2)', async () => {
    const api = await createApi({ nonce });
    let next = await api.fetchNonce();
    for (let count = 0; count < 3; count += 1) {
      const decision = await api.send({ nonce: next });
      assert.isTrue(decision.ok);
      assert.equal(decision.headers.get('Cache-Control'), 'no-store');
      assert.notEqual(decision.headers.get('DPoP-Nonce'), next);
      next = decision.headers.get('DPoP-Nonce')!;
    }
  });
});

describe('resource server: quotas and contracts of the replay store', () => {
  it('answers one client over its quota with 503 and Retry-After, and others as ever (attack 119)', async () => {
    const clock = { nowSeconds: 1_800_000_000 };
    const ageing = { nowSeconds: clock.nowSeconds - 3600 };
    const replayStore = memoryReplayStore({ maxEntriesPerKey: 3, nowSeconds: () => ageing.nowSeconds });
    ageing.nowSeconds = clock.nowSeconds;
    const api = await createApi({ replayStore });
    for (let count = 0; count < 3; count += 1) assert.isTrue((await api.send()).ok);
    const decision = await api.send();
    assert.deepInclude(decision, { step: 10, code: 'verifier_unavailable', status: 503 });
    assert.isNotNull(decision.headers.get('Retry-After'));
    assert.isNull(decision.headers.get('WWW-Authenticate'));
    assert.isTrue((await api.send({ token: { jkt: api.thief.jkt }, proofParts: { key: api.thief } })).ok);
  });

  const broken: [string, Partial<ReplayStore>][] = [
    ['an outcome that is none', { spend: async () => 'ok' as SpendOutcome }],
    ['true for an outcome', { spend: async () => true as unknown as SpendOutcome }],
    ['a revoked token that it was not given', { spend: async () => 'token_revoked' }],
    ['a spend that throws', { spend: () => { throw new Error('broken'); } }],
    ['a spend that never answers', { spend: () => new Promise(() => {}) }],
    ['a birth that is no time', { bornAtSeconds: async () => Number.NaN }],
    ['a birth that never comes', { bornAtSeconds: () => new Promise(() => {}) }],
    ['an epoch that is no text', { epoch: async () => 7 as unknown as string }],
  ];
  for (const [fault, parts] of broken) {
    it(`${fault} -> 503 (attacks 117, 118)`, async () => {
      const replayStore = { ...agedMemory({ nowSeconds: 1_800_000_000 }), ...parts };
      const api = await createApi({ replayStore, storeTimeoutSeconds: 0.02 });
      assert.deepInclude(await api.send(), { code: 'verifier_unavailable', status: 503 });
    });
  }
});
