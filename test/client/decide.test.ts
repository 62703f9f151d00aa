import { assert } from 'chai';
import { decide, isNonceChallenge } from '../../src/client/decide.ts';

describe('what follows from an answer', () => {
  const tried = (...nonces: (string | undefined)[]) => new Set(nonces);

  it('is to return it, where it demands no nonce', () => {
    assert.isUndefined(decide({ challenged: false, nonce: 'a', tried: tried(undefined) }));
    assert.isUndefined(decide({ challenged: false, nonce: '', tried: tried('a') }));
  });

  it('is to return it, where it demands a nonce and gives none', () => {
    assert.isUndefined(decide({ challenged: true, nonce: '', tried: tried(undefined) }));
  });

  it('is to try a nonce that was not tried', () => {
    assert.equal(decide({ challenged: true, nonce: 'a', tried: tried(undefined) }), 'a');
    assert.equal(decide({ challenged: true, nonce: 'b', tried: tried('a') }), 'b');
  });

  it('is to return it, where the nonce was tried, the last time or before', () => {
    assert.isUndefined(decide({ challenged: true, nonce: 'a', tried: tried('a') }));
    assert.isUndefined(decide({ challenged: true, nonce: 'a', tried: tried('a', 'b') }));
  });

  it('is to return it after three retries', () => {
    assert.equal(decide({ challenged: true, nonce: 'd', tried: tried(undefined, 'a', 'b') }), 'd');
    assert.isUndefined(decide({ challenged: true, nonce: 'd', tried: tried(undefined, 'a', 'b', 'c') }));
  });
});

describe('a nonce challenge', () => {
  const resource = (status: number, wwwAuthenticate?: string) =>
    isNonceChallenge(new Response('{"error":"use_dpop_nonce"}', { status, headers: wwwAuthenticate ? { 'WWW-Authenticate': wwwAuthenticate } : {} }), 'RS');
  const authorization = (status: number, body: string) => isNonceChallenge(new Response(body, { status }), 'AS');

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
    await isNonceChallenge(response, 'AS');
    assert.deepEqual(await response.json(), { error: 'use_dpop_nonce' });
  });
});
