import { assert } from 'chai';
import { createCors } from '../../src/resource-server.ts';

const origin = 'https://app.example.com';
const preflight = (from = origin): { method: string; headers: [string, string][] } => ({
  method: 'OPTIONS',
  headers: [['Origin', from], ['Access-Control-Request-Method', 'GET']],
});

describe('resource server: CORS', () => {
  it('answers a preflight: DPoP may be sent, and the answer is remembered', () => {
    const response = createCors({ origins: [origin], maxAgeSeconds: 60 }).preflight(preflight())!;
    assert.equal(response.status, 204);
    assert.equal(response.headers.get('Access-Control-Allow-Origin'), origin);
    assert.equal(response.headers.get('Access-Control-Allow-Headers'), 'authorization, dpop, content-type');
    assert.include(response.headers.get('Access-Control-Allow-Methods'), 'DELETE');
    assert.equal(response.headers.get('Access-Control-Max-Age'), '60');
    assert.equal(response.headers.get('Vary'), 'Origin');
    assert.isNull(response.headers.get('Access-Control-Allow-Credentials'), 'no cookies');
  });

  it('127 leaves a bare OPTIONS, and every other request, to verify', () => {
    const cors = createCors({ origins: [origin] });
    assert.isUndefined(cors.preflight({ method: 'OPTIONS', headers: [['Origin', origin]] }));
    assert.isUndefined(cors.preflight({ ...preflight(), method: 'GET' }));
  });

  it('lets pages read the nonce and the challenge (RFC 9449 §7.1, §8)', () => {
    const headers = createCors({ origins: [origin], exposedHeaders: ['ETag'] }).headers({ method: 'GET', headers: [['origin', origin]] });
    assert.equal(headers.get('Access-Control-Expose-Headers'), 'DPoP-Nonce, WWW-Authenticate, ETag');
    assert.equal(headers.get('Access-Control-Allow-Origin'), origin);
  });

  it('names no origin that is not on the list', () => {
    const cors = createCors({ origins: [origin] });
    for (const other of ['https://evil.example', 'null', `${origin}.evil.example`, 'https://APP.example.com']) {
      assert.isNull(cors.preflight(preflight(other))!.headers.get('Access-Control-Allow-Origin'));
    }
    assert.equal(createCors({ origins: '*' }).headers(preflight('https://any.example')).get('Access-Control-Allow-Origin'), '*');
  });

  it('takes a Request', () => {
    const cors = createCors({ origins: '*' });
    assert.isUndefined(cors.preflight(new Request('https://api.example.com/orders')));
  });

  for (const wrong of ['https://app.example.com/', 'app.example.com', 'https://app.example.com:443', 'https://*.example.com/x', '']) {
    it(`the origin '${wrong}' is a TypeError`, () => {
      assert.throws(() => createCors({ origins: [wrong] }), TypeError, 'origin');
    });
  }

  it('a negative Max-Age is a TypeError', () => {
    assert.throws(() => createCors({ origins: '*', maxAgeSeconds: -1 }), TypeError, 'maxAgeSeconds');
  });
});
