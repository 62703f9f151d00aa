import { assert } from 'chai';
import { parseChallenges } from '../../src/protocol/challenge.ts';
import { denials } from '../../src/resource/denials.ts';
import type { Decision, DenyDecision } from '../../src/resource-server.ts';
import { createApi } from '../support/api.ts';

const algs = 'Ed25519 EdDSA ES256';
const secret = 'a secret of thirty-two bytes or more';

function denied(decision: Decision): DenyDecision {
  if (decision.ok) throw new Error('ALLOW, where a denial was due');
  return decision;
}

const challengesOf = ({ headers }: Decision) => parseChallenges(headers.get('WWW-Authenticate'));

describe('resource server: what a denial looks like', () => {
  it('asks for DPoP without an error where no credentials came (RFC 6750 §3)', async () => {
    const api = await createApi();
    const decision = denied(await api.send({ headers: () => [] }));
    assert.equal(decision.status, 401);
    assert.deepEqual(challengesOf(decision), [{ scheme: 'dpop', params: { algs } }]);
    assert.deepEqual(Object.keys(await decision.response().json()), ['error_description', 'code']);
  });

  it('names error, description and algs in the challenge, and the code in the body', async () => {
    const api = await createApi();
    const decision = denied(await api.send({ proofParts: { claims: { htm: 'PUT' } } }));
    const [challenge] = challengesOf(decision);
    assert.deepEqual(challenge, { scheme: 'dpop', params: { error: 'invalid_dpop_proof', error_description: decision.description, algs } });
    const response = decision.response();
    assert.equal(response.status, 401);
    assert.equal(response.headers.get('Content-Type'), 'application/json');
    assert.deepEqual(await response.json(), { error: 'invalid_dpop_proof', error_description: decision.description, code: 'method_mismatch' });
  });

  it('can be answered more than once, with headers that were added to it', async () => {
    const api = await createApi();
    const decision = denied(await api.send({ headers: () => [] }));
    decision.headers.set('Access-Control-Allow-Origin', '*');
    await decision.response().text();
    assert.equal(decision.response().headers.get('Access-Control-Allow-Origin'), '*');
    assert.notEqual(await decision.response().text(), '');
  });

  it('answers a Bearer request in its own scheme, and offers DPoP beside it (RFC 9449 §7.2)', async () => {
    for (const bearer of ['refuse', 'unbound-only'] as const) {
      const api = await createApi({ bearer });
      const [first, second] = challengesOf(await api.send({ headers: ({ accessToken }) => [['Authorization', `Bearer ${accessToken}`]] }));
      assert.include(first, { scheme: 'bearer' });
      assert.equal(first!.params.error, 'invalid_token');
      assert.deepEqual(second, { scheme: 'dpop', params: { algs } });
    }
  });

  it('offers Bearer where it is taken', async () => {
    const api = await createApi({ bearer: 'unbound-only' });
    const challenges = challengesOf(await api.send({ headers: () => [] }));
    assert.deepEqual(challenges, [{ scheme: 'dpop', params: { algs } }, { scheme: 'bearer', params: {} }]);
  });

  it('names the algorithms that the server was given', async () => {
    const api = await createApi({ proofAlgorithms: ['ES256'] });
    assert.equal(challengesOf(await api.send({ headers: () => [] }))[0]!.params.algs, 'ES256');
  });

  it('keeps what a store threw for the operator, and out of the answer', async () => {
    const cause = new Error('redis://internal:6379 refused');
    const api = await createApi({ replayStore: { claim: () => Promise.reject(cause) } });
    const decision = denied(await api.send());
    assert.equal(decision.cause, cause);
    assert.notInclude(JSON.stringify([...decision.headers]) + (await decision.response().text()), 'redis');
  });

  it('never throws, whatever it is given', async () => {
    const api = await createApi();
    const odd = [undefined, null, {}, { method: 1, url: {}, headers: [[1, 2]] }, { method: 'GET', url: 'https://api.example.com', headers: null }];
    for (const request of odd) assert.isFalse((await api.verify(request as never)).ok);
    for (const url of ['', '/orders', 'ftp://api.example.com/', 'https://', 'https://a b/']) {
      assert.deepInclude(await api.verify({ method: 'GET', url, headers: [] }), { step: 1, code: 'malformed_request' });
    }
    const broken = await createApi({ nowSeconds: () => { throw new Error('no clock'); } });
    assert.deepInclude(await broken.verify(await api.request()), { code: 'verifier_unavailable' });
  });

  for (const [code, { status, error, description }] of Object.entries(denials)) {
    it(`${code}: a registered error with its own status, in words that fit a challenge (RFC 6750 §3, §3.1)`, () => {
      const statuses = { invalid_request: 400, invalid_token: 401, invalid_dpop_proof: 401, use_dpop_nonce: 401, temporarily_unavailable: 503 };
      assert.equal(status, error ? statuses[error] : 401);
      assert.match(description, /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
    });
  }
});

describe('resource server: when a nonce comes with the answer', () => {
  const nonceOf = ({ headers }: Decision) => headers.get('DPoP-Nonce');

  function assertCarriesNonce(decision: Decision) {
    assert.isNotNull(nonceOf(decision));
    assert.equal(decision.headers.get('Cache-Control'), 'no-store', 'RFC 9449 §8.2');
  }

  it('policy none: never', async () => {
    const api = await createApi();
    for (const decision of [await api.send(), await api.send({ headers: () => [] })]) assert.deepEqual([...decision.headers.keys()].filter((name) => name !== 'www-authenticate'), []);
  });

  it('policy window: with the demand for one, and past half its life', async () => {
    const api = await createApi({ nonce: { policy: 'window', secret, lifetimeSeconds: 60 } });
    const demand = await api.send();
    assertCarriesNonce(demand);
    const nonce = nonceOf(demand)!;
    assert.isNull(nonceOf(await api.send({ nonce })));
    assert.isNull(nonceOf(await api.send({ headers: () => [] })));
    api.clock.nowSeconds += 31;
    assertCarriesNonce(await api.send({ nonce }));
    assertCarriesNonce(await api.send({ nonce, proofParts: { key: api.thief } }));
  });

  it('policy single-use: with every verdict, 200 and denials alike', async () => {
    const api = await createApi({ nonce: { policy: 'single-use', secret } });
    const allowed = await api.send({ nonce: await api.fetchNonce() });
    assert.isTrue(allowed.ok);
    assertCarriesNonce(allowed);
    assertCarriesNonce(await api.send({ nonce: nonceOf(allowed)!, proofParts: { key: api.thief } }));
    assertCarriesNonce(await api.send({ headers: () => [] }));
  });

  it('a chain of single-use nonces needs no further challenge', async () => {
    const api = await createApi({ nonce: { policy: 'single-use', secret } });
    let nonce = await api.fetchNonce();
    for (let count = 0; count < 5; count += 1) {
      const decision = await api.send({ nonce });
      assert.isTrue(decision.ok);
      nonce = nonceOf(decision)!;
    }
  });

  it('Bearer: none, nothing is demanded of it', async () => {
    const api = await createApi({ nonce: { policy: 'single-use', secret }, bearer: 'unbound-only' });
    const decision = await api.send({ token: { claims: { cnf: undefined } }, headers: ({ accessToken }) => [['Authorization', `Bearer ${accessToken}`]] });
    assert.isTrue(decision.ok);
    assert.isNull(nonceOf(decision));
  });

  it('503: none, it is no verdict', async () => {
    const api = await createApi({ nonce: { policy: 'single-use', secret }, revocation: { check: () => Promise.reject(new Error('down')) } });
    assert.isNull(nonceOf(await api.send({ nonce: await api.fetchNonce() })));
  });

  it('503 where the memory cannot say what its nonces are bound to', async () => {
    const api = await createApi({ nonce: { policy: 'window' }, replayStore: { claim: async () => true, epoch: () => Promise.reject(new Error('down')) } });
    assert.deepInclude(await api.send(), { code: 'verifier_unavailable', status: 503 });
  });
});

describe('resource server: what an ALLOW tells', () => {
  it('the claims, the thumbprint and the scheme', async () => {
    const api = await createApi();
    const decision = await api.send({ token: { jkt: api.alice.jkt, claims: { scope: 'orders' } } });
    assert.isTrue(decision.ok);
    if (!decision.ok) return;
    assert.include(decision, { scheme: 'DPoP', jkt: api.alice.jkt });
    assert.include(decision.claims, { sub: 'alice', scope: 'orders', client_id: 'shop' });
  });

  it('no thumbprint for Bearer', async () => {
    const api = await createApi({ bearer: 'unbound-only' });
    const decision = await api.send({ token: { claims: { cnf: undefined } }, headers: ({ accessToken }) => [['Authorization', `Bearer ${accessToken}`]] });
    assert.deepInclude(decision, { ok: true, scheme: 'Bearer' });
    assert.notProperty(decision, 'jkt');
  });

  it('Bearer tokens are verified, judged by time and looked up like all others', async () => {
    let isRevoked = false;
    const api = await createApi({ bearer: 'unbound-only', revocation: { check: async () => isRevoked } });
    const bear = (claims: Record<string, unknown> = {}) =>
      api.send({ token: { claims: { cnf: undefined, ...claims } }, headers: ({ accessToken }) => [['Authorization', `Bearer ${accessToken}`]] });
    assert.deepInclude(await bear({ aud: 'https://other.example' }), { step: 6, code: 'token_not_for_this_server' });
    assert.deepInclude(await bear({ exp: 1 }), { step: 7, code: 'token_expired' });
    isRevoked = true;
    assert.deepInclude(await bear(), { step: 9, code: 'token_revoked' });
  });
});
