import { assert } from 'chai';
import { proofAlgorithms } from '../../src/protocol/algorithms.ts';
import { encodeBase64url } from '../../src/protocol/base64url.ts';
import { utf8 } from '../../src/protocol/bytes.ts';
import { parseProof, proofHeader, proofWriter, type ProofClaims } from '../../src/protocol/proof.ts';
import { generateProofKey, makeProof, segment, signJws, type ProofKey } from '../support/proofs.ts';

const now = 1_800_000_000;
const all = Object.keys(proofAlgorithms);
const jti = 'p4iQm0Xv9sT2bLr7-KcWd1Zf';

// RFC 9449 §4.1, figure 2; its claims in figure 3.
const rfcProof =
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg';

describe('proofs', () => {
  let key: ProofKey;

  before(async () => {
    key = await generateProofKey();
  });

  it('are read from the example of RFC 9449 §4.1', () => {
    const proof = parseProof(rfcProof, ['ES256'])!;
    assert.deepEqual(proof.claims, { jti: '-BwC3ESc6acc2lTc', htm: 'POST', htu: 'https://server.example.com/token', iat: 1562262616 });
    assert.equal(proof.jwk.kty, 'EC');
    assert.equal(proof.signature.length, 64);
  });

  for (const claims of [
    { jti, htm: 'GET', htu: 'https://api.example.com/', iat: now },
    { jti, htm: 'PaTcH', htu: 'https://api.example.com/', iat: now + 0.5, ath: 'hash', nonce: 'ä\u{1d11e}"' },
  ] satisfies ProofClaims[]) {
    it(`are read as they are written: ${JSON.stringify(claims)}`, async () => {
      const sign = async () => new Uint8Array(64).fill(1).buffer;
      const { jti: id, ...request } = claims;
      const compact = await proofWriter(proofHeader('ES256', key.publicJwk), sign)(request, id);
      const proof = parseProof(compact, all)!;
      assert.deepEqual(proof.claims, claims);
      assert.deepEqual(proof.jwk, key.publicJwk);
      assert.equal(proof.alg, 'ES256');
      assert.deepEqual([...proof.signature], Array.from({ length: 64 }, () => 1));
      assert.equal(proof.signingInput, compact.slice(0, compact.lastIndexOf('.')));
    });
  }

  it('are written without the claims that are undefined: no ath without a token, no nonce without one', async () => {
    const request = { htm: 'GET', htu: 'https://api.example.com/', iat: now, ath: undefined, nonce: undefined };
    const compact = await proofWriter(proofHeader('ES256', key.publicJwk), async () => new ArrayBuffer(64))(request, jti);
    assert.hasAllKeys(parseProof(compact, all)!.claims, ['jti', 'htm', 'htu', 'iat']);
    assert.notInclude(atob(compact.split('.')[1]!), 'ath');
  });

  it('say what each is about, whatever the one before it was about', async () => {
    const write = proofWriter(proofHeader('ES256', key.publicJwk), async (bytes) => bytes.slice().buffer);
    const idOf = (index: number) => `${index}`.padStart(24, '-');
    const first = { htm: 'GET', htu: 'https://api.example.com/', iat: now, ath: 'hash', nonce: 'nonce' };
    const changes = [{ htm: 'POST' }, { htu: 'https://api.example.com/a' }, { iat: now + 1 }, { ath: undefined }, { nonce: 'ä' }].map((change) => ({ ...first, ...change }));
    // Each after the first one, and twice: all at once, so that none may write where another's bytes are.
    const requests = changes.flatMap((changed) => [first, changed, changed]);
    const proofs = await Promise.all(requests.map((request, index) => write(request, idOf(index))));
    for (const [index, request] of requests.entries()) {
      const { claims, signature, signingInput } = parseProof(proofs[index]!, all)!;
      assert.deepEqual(claims, JSON.parse(JSON.stringify({ ...request, jti: idOf(index) })));
      assert.deepEqual(signature, utf8(signingInput), 'what was signed is what is sent');
    }
  });

  it('may carry members that nobody knows (RFC 9449 §4.2), and kid, jku, x5u, which are never followed', async () => {
    const header = { kid: 'k', jku: 'https://evil.example/', x5u: 'https://evil.example/', x5c: ['AA'], future: {} };
    assert.isDefined(parseProof(await makeProof({ key, nowSeconds: now, header, claims: { future: [] } }), all));
  });

  it('may say when they end and begin (RFC 7519 §4.1.4, §4.1.5)', async () => {
    const { claims } = parseProof(await makeProof({ key, nowSeconds: now, claims: { exp: now + 0.5, nbf: -1 } }), all)!;
    assert.deepInclude(claims, { exp: now + 0.5, nbf: -1 });
  });

  it('keep what they claim, and no claim that is not theirs', async () => {
    const proof = parseProof(await makeProof({ key, nowSeconds: now, claims: { extra: 1, sub: 'x' } }), all)!;
    assert.hasAllKeys(proof.claims, ['jti', 'htm', 'htu', 'iat']);
  });

  const headers: [string, Record<string, unknown>][] = [
    ['no typ', { typ: undefined }],
    ['typ JWT', { typ: 'JWT' }],
    ['typ at+jwt', { typ: 'at+jwt' }],
    ['typ dpop+at', { typ: 'dpop+at' }],
    ['typ with space', { typ: 'dpop+jwt ' }],
    ['typ a list', { typ: ['dpop+jwt'] }],
    ['no alg', { alg: undefined }],
    ['alg none', { alg: 'none' }],
    ['alg NONE', { alg: 'NONE' }],
    ['alg HS256 (symmetric)', { alg: 'HS256' }],
    ['alg ES384', { alg: 'ES384' }],
    ['alg of another key type', { alg: 'Ed25519' }],
    ['alg in lower case', { alg: 'es256' }],
    ['alg a list', { alg: ['ES256'] }],
    ['alg a number', { alg: 1 }],
    ['alg null', { alg: null }],
    ['alg a name that objects inherit', { alg: 'constructor' }],
    ['alg __proto__', { alg: '__proto__' }],
    ['crit', { crit: ['b64'] }],
    ['crit, empty', { crit: [] }],
    ['crit null', { crit: null }],
    ['b64', { b64: false }],
    ['b64 true', { b64: true }],
    ['no jwk', { jwk: undefined }],
    ['jwk null', { jwk: null }],
    ['jwk text', { jwk: '{}' }],
    ['jwk a list', { jwk: [] }],
    ['jwk a symmetric key', { jwk: { kty: 'oct', k: 'AA' } }],
  ];
  for (const [what, header] of headers) {
    it(`are malformed with ${what} in the header (RFC 9449 §4.3 (4), (5), (7))`, async () => {
      assert.isUndefined(parseProof(await makeProof({ key, nowSeconds: now, header }), [...all, 'none', 'HS256', 'constructor', '__proto__']));
    });
  }

  const claims: [string, Record<string, unknown>][] = ['jti', 'htm', 'htu', 'iat'].map((name) => [`no ${name}`, { [name]: undefined }]);
  for (const name of ['jti', 'htm', 'htu', 'ath', 'nonce']) for (const value of [1, null, {}, ['x'], true]) claims.push([`${name} ${JSON.stringify(value)}`, { [name]: value }]);
  for (const value of ['1800000000', null, {}, [], true, -1]) claims.push([`iat ${JSON.stringify(value)}`, { iat: value }]);
  for (const name of ['exp', 'nbf']) for (const value of ['1800000000', null, {}, [], true]) claims.push([`${name} ${JSON.stringify(value)}`, { [name]: value }]);
  claims.push(['an empty jti', { jti: '' }], ['a jti of 257 characters', { jti: 'a'.repeat(257) }]);
  for (const [what, bent] of claims) {
    it(`are malformed with ${what} (RFC 9449 §4.3 (3))`, async () => {
      assert.isUndefined(parseProof(await makeProof({ key, nowSeconds: now, claims: bent }), all));
    });
  }

  it('may have a jti of 256 characters, and no more (RFC 9449 §11.1)', async () => {
    assert.isDefined(parseProof(await makeProof({ key, nowSeconds: now, claims: { jti: 'a'.repeat(256) } }), all));
  });

  it('cannot say Infinity: a number too large for JSON is no time', async () => {
    const payload = `{"jti":"a","htm":"GET","htu":"https://api.example.com/","iat":1e999}`;
    assert.isUndefined(parseProof(await signJws({ header: { typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicJwk }, payload, signer: key }), all));
  });

  it('are signed with an algorithm that this server accepts, registered or not', async () => {
    const compact = await makeProof({ key, nowSeconds: now });
    assert.isDefined(parseProof(compact, ['ES256']));
    assert.isUndefined(parseProof(compact, ['Ed25519', 'EdDSA']));
    assert.isUndefined(parseProof(compact, []));
  });

  describe('as texts', () => {
    let header: string, payload: string, signature: string;

    before(async () => {
      [header, payload, signature] = (await makeProof({ key, nowSeconds: now })).split('.') as [string, string, string];
    });

    it('have three segments', () => {
      assert.isDefined(parseProof(`${header}.${payload}.${signature}`, all));
      for (const bad of ['', '.', '..', '....', header, `${header}.${payload}`, `${header}.${payload}.`, `${header}..${signature}`, `.${payload}.${signature}`, `${header}.${payload}.${signature}.`, `${header}.${payload}.${signature}.${signature}.${signature}`, '.'.repeat(100_000)]) {
        assert.isUndefined(parseProof(bad, all), bad.slice(0, 40));
      }
    });

    it('are canonical base64url: no padding, no space, no second spelling (RFC 7515 §2)', () => {
      const variant = signature.slice(0, -1) + String.fromCharCode(signature.charCodeAt(signature.length - 1) + 1);
      for (const bad of [`${header}=.${payload}.${signature}`, `${header}.${payload}.${signature}==`, ` ${header}.${payload}.${signature}`, `${header}.${payload}.${signature}\n`, `${header}.${payload}.${variant}`]) {
        assert.isUndefined(parseProof(bad, all), bad);
      }
    });

    it('hold JSON objects in UTF-8, each name once', () => {
      const repeated = segment(`{"jti":"a","jti":"b","htm":"GET","htu":"https://api.example.com/","iat":1}`);
      const escaped = segment(String.raw`{"jti":"a","htm":"GET","\u0068tm":"POST","htu":"https://api.example.com/","iat":1}`);
      const latin1 = encodeBase64url(Uint8Array.of(0x7b, 0x22, 0xe4, 0x22, 0x3a, 0x31, 0x7d));
      for (const bad of [repeated, escaped, latin1, segment('[]'), segment('null'), segment('"x"'), segment('{'), segment('\ufeff{}'), segment('')]) {
        assert.isUndefined(parseProof(`${header}.${bad}.${signature}`, all), bad);
        assert.isUndefined(parseProof(`${bad}.${payload}.${signature}`, all), bad);
      }
    });

    it('have a header that names its algorithm once', () => {
      const jwk = JSON.stringify(key.publicJwk);
      const twice = segment(`{"typ":"dpop+jwt","alg":"none","alg":"ES256","jwk":${jwk}}`);
      const nested = segment(`{"typ":"dpop+jwt","alg":"ES256","jwk":${jwk.replace('{', `{"kty":"oct",`)}}`);
      for (const bad of [twice, nested]) assert.isUndefined(parseProof(`${bad}.${payload}.${signature}`, all));
    });

    it('inherit nothing from a member named __proto__', () => {
      const { publicJwk: jwk } = key;
      const smuggled = segment(`{"__proto__":${JSON.stringify({ typ: 'dpop+jwt', alg: 'ES256', jwk })}}`);
      const claim = segment(`{"__proto__":{"jti":"a","htm":"GET","htu":"https://api.example.com/","iat":1}}`);
      assert.isUndefined(parseProof(`${smuggled}.${payload}.${signature}`, all));
      assert.isUndefined(parseProof(`${header}.${claim}.${signature}`, all));
    });
  });
});
