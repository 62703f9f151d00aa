import { assert } from 'chai';
import { parseProof, type ParsedProof } from '../../src/protocol/proof.ts';
import { checkFreshness, checkMethod, checkSignature, checkUri, claimProof } from '../../src/verifier/proof-check.ts';
import { NonceIssuer } from '../../src/verifier/nonce.ts';
import { generateProofKey, makeProof, type ProofParts } from '../support/proofs.ts';

const nowSeconds = 1_800_000_000;
const clock = { nowSeconds, maxAgeSeconds: 60, clockToleranceSeconds: 10 };
const url = 'https://api.example.com/orders';

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

describe('proof checks', () => {
  it('compare the method letter by letter (RFC 9449 §4.3 (8))', async () => {
    const proof = await parsed({ method: 'GET' });
    assert.isUndefined(checkMethod(proof, 'GET'));
    assert.equal(checkMethod(proof, 'get'), 'method_mismatch');
  });

  it('compare URLs normalised, and never two that are none (RFC 9449 §4.3 (9))', async () => {
    assert.isUndefined(checkUri(await parsed(), 'HTTPS://api.example.com:443/orders?x#y'));
    assert.equal(checkUri(await parsed(), 'https://api.example.com/order'), 'uri_mismatch');
    assert.equal(checkUri(await parsed({ claims: { htu: 'nonsense' } }), 'nonsense'), 'uri_mismatch');
  });

  it('say until when a proof has to be remembered: its own end, not now plus a window', async () => {
    for (const shift of [-70, 0, 10]) {
      const proof = await parsed({ nowSeconds: nowSeconds + shift });
      assert.deepEqual(await checkFreshness(proof, undefined, clock), { expiresAtSeconds: nowSeconds + shift + 70 });
    }
  });

  it("take a nonce's end for the proof's where nonces are demanded (RFC 9449 §11.1)", async () => {
    const nonces = new NonceIssuer({ policy: 'window', lifetimeSeconds: 30 }, 'resource-server');
    const proof = await parsed({ nonce: await nonces.issue(nowSeconds - 10), claims: { iat: 1 } });
    const end = nowSeconds + 20;
    assert.deepEqual(await checkFreshness(proof, nonces, clock), { expiresAtSeconds: end, nonceExpiresAtSeconds: end });
  });

  it('verify the signature with the key that the proof shows (RFC 9449 §4.3 (6))', async () => {
    assert.isUndefined(await checkSignature(await parsed()));
    assert.equal(await checkSignature(await parsed({ signer: await generateProofKey() })), 'bad_proof_signature');
  });

  it('claim the proof alone where its nonce serves many, one second past its end', async () => {
    const store = recordingStore();
    assert.isUndefined(await claimProof(await parsed(), 'jkt', { expiresAtSeconds: 100 }, undefined, store));
    assert.lengthOf(store.claims, 1);
    assert.equal(store.claims[0]![1], 101);
    assert.match(store.claims[0]![0], /^proof:[\w-]{22}$/);
  });

  it('claim the proof, then its nonce, where each serves once', async () => {
    const nonces = new NonceIssuer({ policy: 'single-use' }, 'resource-server');
    const freshness = { expiresAtSeconds: 100, nonceExpiresAtSeconds: 90 };
    const proof = await parsed({ nonce: 'n' });
    const store = recordingStore(true, false);
    assert.equal(await claimProof(proof, 'jkt', freshness, nonces, store), 'bad_or_missing_nonce');
    assert.deepEqual(store.claims.map(([, expiresAtSeconds]) => expiresAtSeconds), [101, 91]);
    assert.match(store.claims.map(([key]) => key).join(' '), /^proof:\S+ nonce:\S+$/);
    const replayed = recordingStore(false);
    assert.equal(await claimProof(proof, 'jkt', freshness, nonces, replayed), 'proof_replayed');
    assert.lengthOf(replayed.claims, 1, 'a replay does not spend a nonce');
  });

  it("keep one client's jti apart from another's, and a long one as short as a short one", async () => {
    const store = recordingStore();
    for (const [jkt, jti] of [['a', 'x'], ['b', 'x'], ['a', 'y'], ['a', 'x'.repeat(256)]] as const) {
      await claimProof(await parsed({ claims: { jti } }), jkt, { expiresAtSeconds: 100 }, undefined, store);
    }
    const keys = store.claims.map(([key]) => key);
    assert.lengthOf(new Set(keys), 4);
    assert.isTrue(keys.every((key) => key.length === keys[0]!.length));
  });
});
