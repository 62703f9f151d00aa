import { assert } from 'chai';
import { readAnswer } from '../../src/client/answer.ts';
import { decide, type Attempt } from '../../src/client/decide.ts';

describe('what follows from an answer', () => {
  const tried = (...nonces: (string | undefined)[]) => new Set(nonces);
  const next = (attempt: Partial<Attempt>) => decide({ challenged: false, nonce: undefined, error: undefined, tried: tried(undefined), isLesson: false, ...attempt });

  it('is to return it, where it names no error', () => {
    assert.equal(next({ nonce: 'a' }), 'return');
    assert.equal(next({ tried: tried('a'), isLesson: true }), 'return');
  });

  it('is to return it, where it demands a nonce and gives none', () => {
    assert.equal(next({ challenged: true }), 'return');
  });

  it('is to try a nonce that was not tried', () => {
    assert.equal(next({ challenged: true, nonce: 'a' }), 'nonce');
    assert.equal(next({ challenged: true, nonce: 'b', tried: tried('a') }), 'nonce');
  });

  it('is to return it, where the nonce was tried, the last time or before', () => {
    assert.equal(next({ challenged: true, nonce: 'a', tried: tried('a') }), 'return');
    assert.equal(next({ challenged: true, nonce: 'a', tried: tried('a', 'b') }), 'return');
  });

  it('is to return it after three retries', () => {
    assert.equal(next({ challenged: true, nonce: 'd', tried: tried(undefined, 'a', 'b') }), 'nonce');
    assert.equal(next({ challenged: true, nonce: 'd', tried: tried(undefined, 'a', 'b', 'c') }), 'return');
  });

  it('is to correct a refused proof, where the answer shows what was wrong with it, and else to return it', () => {
    assert.equal(next({ error: 'invalid_dpop_proof', isLesson: true }), 'correction');
    assert.equal(next({ error: 'invalid_dpop_proof', nonce: 'a' }), 'return');
  });

  it('is to refresh a refused token, whatever nonce came along', () => {
    assert.equal(next({ error: 'invalid_token', nonce: 'a', isLesson: true }), 'refresh');
  });

  for (const error of ['invalid_grant', 'insufficient_scope', 'insufficient_user_authentication', 'invalid_request', 'use_dpop_nonce']) {
    it(`is to return ${error}, whatever nonce came along`, () => {
      assert.equal(next({ error, nonce: 'a', isLesson: true }), 'return');
    });
  }
});

describe('a nonce challenge', () => {
  const isChallenge = async (...given: Parameters<typeof readAnswer>) => (await readAnswer(...given)).challenged;
  const resource = (status: number, wwwAuthenticate?: string) =>
    isChallenge(new Response('{"error":"use_dpop_nonce"}', { status, headers: wwwAuthenticate ? { 'WWW-Authenticate': wwwAuthenticate } : {} }), 'RS');
  const authorization = (status: number, body: string) => isChallenge(new Response(body, { status }), 'AS');

  for (const header of ['DPoP error="use_dpop_nonce"', 'dpop error=use_dpop_nonce', 'Bearer realm="a", DPoP algs="ES256", error="use_dpop_nonce"', 'DPoP error="use_dpop_nonce", error_description="x", Basic realm="b"', 'Bearer, DPoP error = "use_dpop_nonce"', 'Negotiate YII=, DPoP error="use_dpop_nonce"']) {
    it(`of a resource server is 401 with ${header} (RFC 9449 §9)`, async () => {
      assert.isTrue(await resource(401, header));
    });
  }

  for (const status of [200, 400, 403, 407, 500]) {
    it(`of a resource server is not ${status} (RFC 9449 §9)`, async () => {
      assert.isFalse(await resource(status, 'DPoP error="use_dpop_nonce"'));
    });
  }

  for (const header of [undefined, 'DPoP', 'DPoP error="invalid_token"', 'Bearer error="use_dpop_nonce"', 'Bearer realm="DPoP error=\\"use_dpop_nonce\\""', 'DPoP error="use_dpop_nonce_", error="use_dpop_nonce"']) {
    it(`of a resource server is not 401 with ${header ?? 'no challenge, whatever its body says'}`, async () => {
      assert.isFalse(await resource(401, header));
    });
  }

  it('of an authorization server is 400 with its error (RFC 9449 §8)', async () => {
    assert.isTrue(await authorization(400, '{"error":"use_dpop_nonce"}'));
    for (const status of [200, 401, 403, 500]) assert.isFalse(await authorization(status, '{"error":"use_dpop_nonce"}'), `${status}`);
  });

  for (const body of ['', 'use_dpop_nonce', '{"error":"invalid_grant"}', '{"error":["use_dpop_nonce"]}', '{"error_description":"use_dpop_nonce"}', '"use_dpop_nonce"', 'null', '[]', '0', '<html>']) {
    it(`of an authorization server is not 400 with ${JSON.stringify(body)}`, async () => {
      assert.isFalse(await authorization(400, body));
    });
  }

  it('is read without taking the body away', async () => {
    const response = new Response('{"error":"use_dpop_nonce"}', { status: 400 });
    await isChallenge(response, 'AS');
    assert.deepEqual(await response.json(), { error: 'use_dpop_nonce' });
  });
});
