import { assert } from 'chai';
import { exportJWK, generateKeyPair, jwtVerify, type JWK } from 'jose';
import { encodeBase64url } from '../../src/protocol/base64url.ts';
import { createApi, type Api } from '../support/api.ts';
import { encryptToken } from '../support/tokens.ts';

const shared = crypto.getRandomValues(new Uint8Array(32));
const directJwk: JWK = { kty: 'oct', k: encodeBase64url(shared) };
const direct = { key: shared, header: { alg: 'dir', enc: 'A256GCM' } };

const createEncryptedApi = (decryption: object = {}) => createApi({ decryption: { keys: { keys: [directJwk] }, ...decryption } });

async function encrypted(api: Api, p = direct, claims: Record<string, unknown> = {}): Promise<string> {
  return encryptToken(await api.issueToken({ jkt: api.alice.jkt, claims }), p);
}

describe('resource server: encrypted access tokens (RFC 7519 §5.2, RFC 9068 §4)', () => {
  for (const enc of ['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512']) {
    it(`opens dir with ${enc}`, async () => {
      const key = crypto.getRandomValues(new Uint8Array({ A128GCM: 16, A256GCM: 32, 'A128CBC-HS256': 32 }[enc] ?? 64));
      const api = await createEncryptedApi({ keys: { keys: [{ kty: 'oct', k: encodeBase64url(key) }] } });
      const accessToken = await encrypted(api, { key, header: { alg: 'dir', enc } });
      assert.isTrue((await api.send({ accessToken })).ok);
    });
  }

  for (const alg of ['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW', 'RSA-OAEP-256']) {
    it(`opens ${alg}`, async () => {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
      const jwk = { ...(await exportJWK(privateKey)), kid: 'enc-1' };
      for (const keys of [{ keys: [directJwk, jwk] }, () => privateKey]) {
        const api = await createEncryptedApi({ keys });
        const accessToken = await encryptToken(await api.issueToken(), { key: publicKey, header: { alg, enc: 'A256GCM', kid: 'enc-1' } });
        assert.isTrue((await api.send({ accessToken })).ok);
      }
    });
  }

  it('takes tokens that are signed only, unless encryption is required', async () => {
    const lenient = await createEncryptedApi();
    assert.isTrue((await lenient.send()).ok);
    const strict = await createEncryptedApi({ required: true });
    assert.deepInclude(await strict.send(), { step: 6, code: 'token_not_for_this_server' });
    assert.isTrue((await strict.send({ accessToken: await encrypted(strict) })).ok);
  });

  it('cannot be read by an ordinary JWT library without the key', async () => {
    const api = await createEncryptedApi();
    const accessToken = await encrypted(api);
    const error = await jwtVerify(accessToken, api.issuer.publicJwk).then(() => undefined, (thrown: Error) => thrown);
    assert.instanceOf(error, Error);
  });

  const failures: [string, (api: Api) => Promise<string>][] = [
    ['another key', (api) => encrypted(api, { ...direct, key: crypto.getRandomValues(new Uint8Array(32)) })],
    ['an algorithm off the list', (api) => encrypted(api, { key: shared, header: { alg: 'A256GCMKW', enc: 'A256GCM' } })],
    ['a password', (api) => encrypted(api, { key: shared, header: { alg: 'PBES2-HS256+A128KW', enc: 'A256GCM' } })],
    ['compression', (api) => encrypted(api, { key: shared, header: { ...direct.header, zip: 'DEF' } as never })],
    ['a tampered tag', async (api) => (await encrypted(api)).replace(/.{4}$/, 'AAAA')],
    ['a tampered text', async (api) => (await encrypted(api)).replace(/^((?:[^.]*\.){3})..../, '$1AAAA')],
    ['no JSON in the header', async (api) => (await encrypted(api)).replace(/^[^.]*/, 'AAAA')],
    ['no token inside', () => encryptToken('text', direct)],
    ['a token inside that is encrypted again', async (api) => encryptToken(await encrypted(api), direct)],
    ['an unsigned token inside', (api) => encryptToken(`eyJhbGciOiJub25lIn0.${btoa(JSON.stringify({ iss: api.issuer.issuer })).replace(/=+$/, '')}.`, direct)],
  ];
  for (const [what, make] of failures) {
    it(`98 ${what} -> bad_access_token_signature`, async () => {
      const api = await createEncryptedApi();
      assert.deepInclude(await api.send({ accessToken: await make(api) }), { step: 6, code: 'bad_access_token_signature' });
    });
  }

  it('98 an encrypted token where there is no key for any -> bad_access_token_signature', async () => {
    const api = await createApi();
    assert.deepInclude(await api.send({ accessToken: await encrypted(api) }), { step: 6, code: 'bad_access_token_signature' });
  });

  it('98 a key of another kid -> bad_access_token_signature', async () => {
    const api = await createEncryptedApi({ keys: { keys: [{ ...directJwk, kid: 'enc-1' }] } });
    const withKid = (kid: string) => encrypted(api, { ...direct, header: { ...direct.header, kid } as typeof direct.header });
    assert.deepInclude(await api.send({ accessToken: await withKid('enc-2') }), { step: 6, code: 'bad_access_token_signature' });
    assert.isTrue((await api.send({ accessToken: await withKid('enc-1') })).ok);
    assert.isTrue((await api.send({ accessToken: await encrypted(api) })).ok, 'a header without kid');
  });

  it('a key function that knows no key -> bad_access_token_signature; one that fails -> 503', async () => {
    const ignorant = await createEncryptedApi({ keys: () => undefined });
    assert.deepInclude(await ignorant.send({ accessToken: await encrypted(ignorant) }), { step: 6, code: 'bad_access_token_signature' });
    const failing = await createEncryptedApi({ keys: () => Promise.reject(new Error('no vault')) });
    assert.deepInclude(await failing.send({ accessToken: await encrypted(failing) }), { step: 6, code: 'verifier_unavailable' });
  });

  it('hides from a thief that the token has expired, and tells its owner', async () => {
    const api = await createEncryptedApi();
    const accessToken = await encrypted(api, direct, { exp: api.clock.nowSeconds - 3600 });
    assert.deepInclude(await api.send({ accessToken, proofParts: { key: api.thief } }), { step: 8, code: 'proof_key_not_bound_to_token' });
    assert.deepInclude(await api.send({ accessToken }), { step: 7, code: 'token_expired' });
  });

  it('hides it from a Bearer of a bound token, too', async () => {
    const api = await createApi({ bearer: 'unbound-only', decryption: { keys: { keys: [directJwk] } } });
    const bear = async (claims: Record<string, unknown>) => {
      const accessToken = await encrypted(api, direct, claims);
      return api.send({ accessToken, headers: () => [['Authorization', `Bearer ${accessToken}`]] });
    };
    assert.deepInclude(await bear({ exp: 1 }), { step: 8, code: 'bearer_downgrade' });
    assert.deepInclude(await bear({ exp: 1, cnf: undefined }), { step: 7, code: 'token_expired' });
  });
});
