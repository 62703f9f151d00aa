import { assert } from 'chai';
import { parseProof, type ParsedProof } from '../../src/protocol/proof.ts';
import { normaliseTargetUri } from '../../src/protocol/target-uri.ts';
import { checkFreshness, checkMethod, checkSignature, checkUri, claimProof, claimProofOfToken, importKey } from '../../src/verifier/proof-check.ts';
import type { SpendOutcome, Spending } from '../../src/stores/replay-store.ts';
import { NonceIssuer } from '../../src/verifier/nonce.ts';
import { generateProofKey, makeProof, type ProofParts } from '../support/proofs.ts';

const nowSeconds = 1_800_000_000;
const clock = () => ({ nowSeconds, maxAgeSeconds: 60, clockToleranceSeconds: 10, storeTimeoutSeconds: 1 });
/** What passes until an entry may be forgotten: the clocks' difference, a late claim, and a second. */
const retention = 12;
const url = 'https://api.example.com/orders';
const end = nowSeconds + 30;

async function parsed(parts: Partial<ProofParts> = {}): Promise<ParsedProof> {
  const proof = await makeProof({ key: await generateProofKey(), url, nowSeconds, ...parts });
  return parseProof(proof, ['ES256'])!;
}

/** A store that says what was claimed, and answers as told. */
function recordingStore(...answers: boolean[]) {
  const claims: [string, number][] = [];
  const claim = async (key: string, expiresAtSeconds: number) => {
    claims.push([key, expiresAtSeconds]);
    return answers.shift() ?? true;
  };
  return { claims, claim };
}

/** A store that spends at once, and answers as told. */
function spendingStore(outcome: SpendOutcome) {
  const spendings: Spending[] = [];
  const spend = async (spending: Spending) => {
    spendings.push(spending);
    return outcome;
  };
  return { spendings, spend, claim: () => assert.fail('it spends at once') };
}

const none = { nonces: undefined, replayStore: recordingStore(), clock };
const onceOnly = new NonceIssuer({ policy: 'single-use' }, 'resource-server');

async function rejection(run: () => unknown): Promise<Error> {
  return Promise.resolve().then(run).then(() => assert.fail('it should have been rejected'), (error: Error) => error);
}

describe('proof checks', () => {
  it('compare the method letter by letter (RFC 9449 §4.3 (8))', async () => {
    const proof = await parsed({ method: 'GET' });
    assert.isUndefined(checkMethod(proof, 'GET'));
    assert.equal(checkMethod(proof, 'get'), 'method_mismatch');
  });

  it('compare URLs normalised, and never two that are none (RFC 9449 §4.3 (9))', async () => {
    assert.isUndefined(checkUri(await parsed(), normaliseTargetUri('HTTPS://api.example.com:443/orders?x#y')));
    assert.equal(checkUri(await parsed(), 'https://api.example.com/order'), 'uri_mismatch');
    assert.equal(checkUri(await parsed({ claims: { htu: 'nonsense' } }), normaliseTargetUri('nonsense')), 'uri_mismatch');
  });

  it('say until when a proof has to be remembered: its own end, not now plus a window', async () => {
    for (const shift of [-70, 0, 10]) {
      const proof = await parsed({ nowSeconds: nowSeconds + shift });
      assert.deepEqual(await checkFreshness(proof, none), { expiresAtSeconds: nowSeconds + shift + 70, epoch: undefined });
    }
  });

  it("take a nonce's end for the proof's where nonces are demanded (RFC 9449 §11.1)", async () => {
    const nonces = new NonceIssuer({ policy: 'window', lifetimeSeconds: 30 }, 'resource-server');
    const proof = await parsed({ nonce: await nonces.issue(nowSeconds - 10), claims: { iat: 1 } });
    const death = nowSeconds + 20;
    assert.deepEqual(await checkFreshness(proof, { ...none, nonces }), { expiresAtSeconds: death, nonceExpiresAtSeconds: death, epoch: undefined });
  });

  it('verify the signature with the key that the proof shows (RFC 9449 §4.3 (6))', async () => {
    const proof = await parsed();
    const forged = await parsed({ signer: await generateProofKey() });
    assert.isUndefined(await checkSignature(proof, importKey(proof)));
    assert.equal(await checkSignature(forged, importKey(forged)), 'bad_proof_signature');
  });

  it('claim the proof alone where its nonce serves many, for as long as any replica may take it', async () => {
    const store = recordingStore();
    assert.isUndefined(await claimProof(await parsed(), { jkt: 'jkt', freshness: { expiresAtSeconds: end } }, { nonces: undefined, replayStore: store, clock }));
    assert.lengthOf(store.claims, 1);
    assert.equal(store.claims[0]![1], end + retention);
    assert.match(store.claims[0]![0], /^proof:[\w-]{22}$/);
  });

  it('claim the proof, then its nonce, where each serves once', async () => {
    const freshness = { expiresAtSeconds: end, nonceExpiresAtSeconds: end - 5 };
    const proof = await parsed({ nonce: 'n' });
    const store = recordingStore(true, false);
    assert.equal(await claimProof(proof, { jkt: 'jkt', freshness }, { nonces: onceOnly, replayStore: store, clock }), 'bad_or_missing_nonce');
    assert.deepEqual(store.claims.map(([, expiresAtSeconds]) => expiresAtSeconds), [end + retention, end - 5 + retention]);
    assert.match(store.claims.map(([key]) => key).join(' '), /^proof:\S+ nonce:\S+$/);
    const replayed = recordingStore(false);
    assert.equal(await claimProof(proof, { jkt: 'jkt', freshness }, { nonces: onceOnly, replayStore: replayed, clock }), 'proof_replayed');
    assert.lengthOf(replayed.claims, 1, 'a replay does not spend a nonce');
  });

  it('spend nothing that has died since it was found fresh: what it spent may be forgotten by now (RFC 9449 §11.1)', async () => {
    const store = recordingStore();
    const late = () => ({ ...clock(), nowSeconds: end + 0.1 });
    const freshness = { expiresAtSeconds: end, nonceExpiresAtSeconds: end };
    for (const [nonces, code] of [[undefined, 'proof_expired'], [onceOnly, 'bad_or_missing_nonce']] as const) {
      assert.equal(await claimProof(await parsed({ nonce: 'n' }), { jkt: 'jkt', freshness }, { nonces, replayStore: store, clock: late }), code);
    }
    assert.isEmpty(store.claims);
  });

  it("keep one client's jti apart from another's, and a long one as short as a short one", async () => {
    const store = recordingStore();
    for (const [jkt, jti] of [['a', 'x'], ['b', 'x'], ['a', 'y'], ['a', 'x'.repeat(256)]] as const) {
      await claimProof(await parsed({ claims: { jti } }), { jkt, freshness: { expiresAtSeconds: end } }, { nonces: undefined, replayStore: store, clock });
    }
    const keys = store.claims.map(([key]) => key);
    assert.lengthOf(new Set(keys), 4);
    assert.isTrue(keys.every((key) => key.length === keys[0]!.length));
  });

  it('refuse a proof without a nonce, or with an empty one, wherever one is demanded (RFC 9449 §11.3, attack 86)', async () => {
    for (const policy of ['window', 'single-use'] as const) {
      const terms = { ...none, nonces: new NonceIssuer({ policy }, 'resource-server') };
      for (const nonce of [undefined, '']) {
        assert.equal(await checkFreshness(await parsed({ nonce }), terms), 'bad_or_missing_nonce');
      }
    }
  });

  it('refuse proofs that may be older than the store, and no younger ones (attack 114)', async () => {
    const terms = { nonces: undefined, replayStore: { ...recordingStore(), bornAtSeconds: async () => nowSeconds - 20.5 }, clock };
    assert.include((await rejection(async () => checkFreshness(await parsed({ nowSeconds: nowSeconds - 1 }), terms))).message, 'younger');
    assert.deepEqual(await checkFreshness(await parsed(), terms), { expiresAtSeconds: nowSeconds + 70, epoch: undefined });
  });

  it('judge by the time window before they ask the store', async () => {
    const silent = { ...recordingStore(), epoch: () => assert.fail('asked'), bornAtSeconds: () => assert.fail('asked') };
    const terms = { nonces: undefined, replayStore: silent, clock };
    assert.equal(await checkFreshness(await parsed({ nowSeconds: nowSeconds - 71 }), terms), 'proof_expired');
    assert.equal(await checkFreshness(await parsed({ nowSeconds: nowSeconds + 11 }), terms), 'proof_not_yet_valid');
  });

  it('take the epoch before the birth, so that the birth is never older than it', async () => {
    const asked: string[] = [];
    const store = {
      ...recordingStore(),
      epoch: async () => (asked.push('epoch'), 'first'),
      bornAtSeconds: async () => (asked.push('birth'), 0),
    };
    assert.propertyVal(await checkFreshness(await parsed(), { nonces: undefined, replayStore: store, clock }), 'epoch', 'first');
    assert.deepEqual(asked, ['epoch', 'birth']);
  });

  it('spend everything at once where the store can', async () => {
    const store = spendingStore('spent');
    const freshness = { expiresAtSeconds: end, nonceExpiresAtSeconds: end - 5, epoch: 'first' };
    const proof = await parsed({ nonce: 'n' });
    const token = { jti: 'token' };
    assert.isUndefined(await claimProofOfToken(proof, { jkt: 'jkt', freshness, token }, { nonces: onceOnly, replayStore: store, clock }));
    assert.isUndefined(await claimProof(proof, { jkt: 'jkt', freshness: { expiresAtSeconds: end } }, { ...none, replayStore: store }));
    const [all, least] = store.spendings;
    assert.deepInclude(all!, { jkt: 'jkt', epoch: 'first', token });
    assert.deepEqual([all!.proof.expiresAtSeconds, all!.nonce!.expiresAtSeconds], [end + retention, end - 5 + retention]);
    assert.hasAllKeys(least!, ['jkt', 'proof']);
  });

  it('never hand the token to a store that was not chosen for that', async () => {
    const store = spendingStore('spent');
    const spender = { jkt: 'jkt', freshness: { expiresAtSeconds: end }, token: { jti: 'token' } };
    await claimProof(await parsed(), spender, { nonces: undefined, replayStore: store, clock });
    assert.notProperty(store.spendings[0]!, 'token');
  });

  const outcomes: [SpendOutcome, string, string][] = [
    ['proof_replayed', 'proof_replayed', 'proof_replayed'],
    ['nonce_reused', 'bad_or_missing_nonce', 'bad_or_missing_nonce'],
    ['epoch_changed', 'bad_or_missing_nonce', 'Error: The replay store was lost'],
    ['token_revoked', 'TypeError: replayStore.spend', 'TypeError: replayStore.spend'],
  ];
  for (const [outcome, withNonces, without] of outcomes) {
    it(`answer the outcome ${outcome} with ${withNonces}, or ${without} where no nonces are demanded`, async () => {
      const proof = await parsed({ nonce: 'n' });
      for (const [nonces, expected] of [[onceOnly, withNonces], [undefined, without]] as const) {
        const freshness = { expiresAtSeconds: end, ...(nonces && { nonceExpiresAtSeconds: end - 5 }) };
        const claimed = (async () => claimProof(proof, { jkt: 'jkt', freshness }, { nonces, replayStore: spendingStore(outcome), clock }))();
        assert.include(await claimed.catch(String), expected);
      }
    });
  }
});
