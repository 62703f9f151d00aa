import { assert } from 'chai';
import { createCors, type CorsOptions, type CorsRequest } from '../../src/resource-server.ts';

const origin = 'https://app.example.com';
const preflight = (from = origin): CorsRequest => ({
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

  const mistakes: [string, unknown, string][] = [
    ['no options', undefined, 'origins must be'],
    ['no origins', {}, 'origins must be'],
    ['one origin as a text', { origins: origin }, 'origins must be'],
    ['an origin that is no text', { origins: [new URL(origin)] }, 'origins must be'],
    ['a negative Max-Age', { origins: '*', maxAgeSeconds: -1 }, 'maxAgeSeconds must be'],
    ['a Max-Age as a text', { origins: '*', maxAgeSeconds: '600' }, 'maxAgeSeconds must be'],
    ['half a second of Max-Age', { origins: '*', maxAgeSeconds: 0.5 }, 'maxAgeSeconds must be'],
    ['a request header with a line break', { origins: '*', requestHeaders: ['a\nb'] }, 'requestHeaders must be'],
    ['request headers in one text', { origins: '*', requestHeaders: 'a, b' }, 'requestHeaders must be'],
    ['two request headers in one', { origins: '*', requestHeaders: ['a, b'] }, 'requestHeaders must be'],
    ['an exposed header without a name', { origins: '*', exposedHeaders: [''] }, 'exposedHeaders must be'],
    ['a method with a space', { origins: '*', methods: ['GET '] }, 'methods must be'],
  ];
  for (const [mistake, options, named] of mistakes) {
    it(`${mistake} is a TypeError at the start`, () => {
      assert.throws(() => createCors(options as CorsOptions), TypeError, named);
    });
  }
});
