import { assert } from 'chai';
import { refuseFormToken } from '../../src/resource-server.ts';

const form = 'application/x-www-form-urlencoded';

describe('resource server: an access token in a form body (RFC 6750 §2.2)', () => {
  const refused: [string, Parameters<typeof refuseFormToken>[0]][] = [
    ['alone', { contentType: form, body: 'access_token=x' }],
    ['among others, with a charset', { contentType: `${form.toUpperCase()} ; charset=utf-8`, body: 'a=b&access_token=' }],
    ['with its name escaped', { contentType: form, body: 'acc%65ss_token=x' }],
    ['in a form that is parsed already', { contentType: form, body: new URLSearchParams({ access_token: 'x' }) }],
  ];
  for (const [what, body] of refused) {
    it(`13 ${what} -> malformed_request`, async () => {
      const decision = refuseFormToken(body);
      assert.deepInclude(decision, { ok: false, step: 1, code: 'malformed_request', status: 400 });
      const response = decision!.response();
      assert.deepInclude(await response.json(), { error: 'invalid_request', code: 'malformed_request' });
      assert.match(response.headers.get('WWW-Authenticate')!, /^DPoP error="invalid_request".*algs="Ed25519 EdDSA ES256"$/);
    });
  }

  it('offers the algorithms of the server', () => {
    const decision = refuseFormToken({ contentType: form, body: 'access_token=x' }, { proofAlgorithms: ['ES256'] });
    assert.include(decision!.headers.get('WWW-Authenticate')!, 'algs="ES256"');
  });

  it('is seen in forms only, and only by its name', () => {
    const others: Parameters<typeof refuseFormToken>[0][] = [
      { contentType: form, body: 'token=access_token' },
      { contentType: form, body: '' },
      { contentType: 'application/json', body: '{"access_token":"x"}' },
      { contentType: 'text/plain', body: 'access_token=x' },
      { contentType: null, body: 'access_token=x' },
      { contentType: undefined, body: 'access_token=x' },
    ];
    for (const body of others) assert.isUndefined(refuseFormToken(body));
  });
});
