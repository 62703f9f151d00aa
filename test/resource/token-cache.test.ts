import { assert } from 'chai';
import { encodeBase64url } from '../../src/protocol/base64url.ts';
import { TokenCache, freezeAndWeigh } from '../../src/resource/token-cache.ts';
import type { TrustedIssuer } from '../../src/resource-server.ts';
import { createApi, type Api } from '../support/api.ts';
import { count } from '../support/crypto-calls.ts';
import { createTokenIssuer, encryptToken } from '../support/tokens.ts';

// A request that is good costs two signatures: the token's and the proof's.
const countVerified = (run: () => Promise<unknown>) => count('verify', run);

async function assertAllowed(api: Api, accessToken: string): Promise<void> {
  assert.isTrue((await api.send({ accessToken })).ok);
}

describe('resource server: tokens that were verified before', () => {
  it('are not verified again', async () => {
    const api = await createApi();
    const accessToken = await api.issueToken();
    assert.equal(await countVerified(() => assertAllowed(api, accessToken)), 2);
    assert.equal(await countVerified(() => assertAllowed(api, accessToken)), 1);
    assert.equal(await countVerified(async () => assertAllowed(api, await api.issueToken())), 2, 'another token');
  });

  it('are not decrypted again', async () => {
    const key = crypto.getRandomValues(new Uint8Array(32));
    const api = await createApi({ decryption: { keys: { keys: [{ kty: 'oct', k: encodeBase64url(key) }] }, required: true } });
    const accessToken = await encryptToken(await api.issueToken(), { key, header: { alg: 'dir', enc: 'A256GCM' } });
    assert.equal(await count('decrypt', () => assertAllowed(api, accessToken)), 1);
    assert.equal(await count('decrypt', () => assertAllowed(api, accessToken)), 0);
  });

  it('are verified each time where there is no room for any', async () => {
    const api = await createApi({ tokenCacheBytes: 0 });
    const accessToken = await api.issueToken();
    await assertAllowed(api, accessToken);
    assert.equal(await countVerified(() => assertAllowed(api, accessToken)), 2);
  });

  it('122 are denied from the moment that they are revoked', async () => {
    let isRevoked = false;
    const api = await createApi({ revocation: { check: async () => isRevoked } });
    const accessToken = await api.issueToken();
    await assertAllowed(api, accessToken);
    isRevoked = true;
    assert.deepInclude(await api.send({ accessToken }), { step: 9, code: 'token_revoked' });
  });

  it('die when they expire', async () => {
    const api = await createApi();
    const accessToken = await api.issueToken();
    await assertAllowed(api, accessToken);
    api.clock.nowSeconds += 300;
    assert.equal(await countVerified(() => assertAllowed(api, accessToken)), 2, 'within the tolerance, but not from memory');
    assert.equal(await countVerified(() => assertAllowed(api, accessToken)), 2);
    api.clock.nowSeconds += 10;
    assert.deepInclude(await api.send({ accessToken }), { step: 7, code: 'token_expired' });
  });

  it('are of no more use to a thief than others', async () => {
    const api = await createApi();
    const accessToken = await api.issueToken();
    await assertAllowed(api, accessToken);
    const stolen = await api.send({ accessToken, proofParts: { key: api.thief } });
    assert.deepInclude(stolen, { step: 8, code: 'proof_key_not_bound_to_token' });
    const proof = await api.prove({ accessToken });
    assert.isTrue((await api.send({ accessToken, proof })).ok);
    assert.deepInclude(await api.send({ accessToken, proof }), { step: 10, code: 'proof_replayed' });
  });

  it('vouch for no other text: not for a changed payload, nor for another signature', async () => {
    const api = await createApi();
    const accessToken = await api.issueToken();
    await assertAllowed(api, accessToken);
    const [header, payload, signature] = accessToken.split('.') as [string, string, string];
    const other = (await api.issueToken({ claims: { sub: 'mallory' } })).split('.') as [string, string, string];
    for (const forged of [`${header}.${other[1]}.${signature}`, `${header}.${payload}.${other[2]}`]) {
      assert.deepInclude(await api.send({ accessToken: forged }), { step: 6, code: 'bad_access_token_signature' });
      assert.deepInclude(await api.send({ accessToken: forged }), { step: 6, code: 'bad_access_token_signature' });
    }
  });

  it('have claims that no handler can change', async () => {
    const api = await createApi();
    const accessToken = await api.issueToken({ claims: { roles: [{ name: 'user' }] } });
    for (let times = 0; times < 2; times += 1) {
      const decision = await api.send({ accessToken });
      if (!decision.ok) assert.fail(decision.code);
      const [role] = decision.claims.roles as [object];
      for (const part of [decision.claims, decision.claims.cnf, decision.claims.roles, role]) assert.isFrozen(part);
      assert.throws(() => Object.assign(role, { name: 'admin' }), TypeError);
      assert.deepEqual(role, { name: 'user' });
    }
  });

  it('do not keep what was never verified: forged tokens drive out none', async () => {
    const api = await createApi({ tokenCacheBytes: 4096 });
    const accessToken = await api.issueToken();
    await assertAllowed(api, accessToken);
    for (let forgeries = 0; forgeries < 20; forgeries += 1) {
      const forged = (await api.issueToken()).replace(/.{8}$/, 'AAAAAAAA');
      assert.deepInclude(await api.send({ accessToken: forged }), { code: 'bad_access_token_signature' });
    }
    assert.equal(await countVerified(() => assertAllowed(api, accessToken)), 1);
  });

  it('do not keep what is dead already: expired tokens drive out none', async () => {
    const api = await createApi({ tokenCacheBytes: 4096 });
    const accessToken = await api.issueToken();
    await assertAllowed(api, accessToken);
    const claims = { exp: api.clock.nowSeconds - 3600 };
    for (let expired = 0; expired < 10; expired += 1) {
      assert.deepInclude(await api.send({ token: { jkt: api.alice.jkt, claims } }), { code: 'token_expired' });
    }
    assert.equal(await countVerified(() => assertAllowed(api, accessToken)), 1);
  });

  it('stay while they are in use, however many new ones a client brings', async () => {
    const api = await createApi({ tokenCacheBytes: 8192 });
    const accessToken = await api.issueToken();
    await assertAllowed(api, accessToken);
    for (let fresh = 0; fresh < 20; fresh += 1) {
      await assertAllowed(api, await api.issueToken());
      assert.equal(await countVerified(() => assertAllowed(api, accessToken)), 1);
    }
  });
});

describe('resource server: tokens that were verified before, and the keys of their issuer', () => {
  const keysOf = (api: Api, keys: NonNullable<TrustedIssuer['keys']>) => ({
    issuers: [{ issuer: api.issuer.issuer, audience: api.issuer.audience, keys }],
  });

  async function assertVerdict(server: ReturnType<Api['replica']>, api: Api, accessToken: string, expected: object) {
    assert.deepInclude(await server.verify(await api.request({ accessToken })), expected);
  }

  it('are denied as soon as a key function withdraws the key', async () => {
    const api = await createApi();
    let key: typeof api.issuer.publicJwk | undefined = api.issuer.publicJwk;
    const server = api.replica(keysOf(api, () => key));
    const accessToken = await api.issueToken();
    await assertVerdict(server, api, accessToken, { ok: true });
    key = (await createTokenIssuer()).publicJwk;
    await assertVerdict(server, api, accessToken, { code: 'bad_access_token_signature' });
    key = undefined;
    await assertVerdict(server, api, accessToken, { code: 'bad_access_token_signature' });
    key = api.issuer.publicJwk;
    await assertVerdict(server, api, accessToken, { ok: true });
  });

  it('are denied when the key is gone from the URL: ten minutes later at most, like others', async () => {
    const api = await createApi();
    let { jwks } = api.issuer;
    const fetch = async () => Response.json(jwks);
    const server = api.replica({ fetch, ...keysOf(api, new URL('https://login.example.com/jwks')) });
    const accessToken = await api.issueToken({ claims: { exp: api.clock.nowSeconds + 86_400 } });
    await assertVerdict(server, api, accessToken, { ok: true });
    jwks = (await createTokenIssuer({ kid: 'key-2' })).jwks;
    api.clock.nowSeconds += 599;
    await assertVerdict(server, api, accessToken, { ok: true });
    api.clock.nowSeconds += 1;
    await assertVerdict(server, api, accessToken, { code: 'bad_access_token_signature' });
  });

  it('are known still after a refresh that brought the same keys', async () => {
    const api = await createApi();
    const fetch = async () => Response.json(api.issuer.jwks);
    const server = api.replica({ fetch, ...keysOf(api, new URL('https://login.example.com/jwks')) });
    const accessToken = await api.issueToken({ claims: { exp: api.clock.nowSeconds + 86_400 } });
    await assertVerdict(server, api, accessToken, { ok: true });
    api.clock.nowSeconds += 601;
    assert.equal(await countVerified(() => assertVerdict(server, api, accessToken, { ok: true })), 1);
  });

  it('are denied with 503 once nobody knows for a day whether the key is still good', async () => {
    const api = await createApi();
    let isDown = false;
    const fetch = async () => (isDown ? Promise.reject(new Error('down')) : Response.json(api.issuer.jwks));
    const server = api.replica({ fetch, ...keysOf(api, new URL('https://login.example.com/jwks')) });
    const accessToken = await api.issueToken({ claims: { exp: api.clock.nowSeconds + 200_000 } });
    await assertVerdict(server, api, accessToken, { ok: true });
    isDown = true;
    api.clock.nowSeconds += 86_399;
    await assertVerdict(server, api, accessToken, { ok: true });
    api.clock.nowSeconds += 1;
    await assertVerdict(server, api, accessToken, { step: 6, code: 'verifier_unavailable' });
  });

  it('are known without a kid too', async () => {
    const api = await createApi();
    const others = await createTokenIssuer({ kid: 'key-2' });
    const server = api.replica(keysOf(api, { keys: [...others.jwks.keys, ...api.issuer.jwks.keys] }));
    const accessToken = await api.issueToken({ header: { kid: undefined } });
    await assertVerdict(server, api, accessToken, { ok: true });
    assert.equal(await countVerified(() => assertVerdict(server, api, accessToken, { ok: true })), 1);
  });
});

describe('resource server: the room for verified tokens', () => {
  const entry = { expiresAtSeconds: 1000 };

  it('is never exceeded', () => {
    const cache = new TokenCache<typeof entry>(1000);
    const names = Array.from({ length: 100 }, (_, index) => `token ${index}`);
    for (const name of names) cache.set(name, entry, 90);
    const kept = names.filter((name) => cache.get(name, 0));
    assert.isAtMost(kept.length, 11);
    assert.isAtLeast(kept.length, 5);
    assert.includeMembers(kept, names.slice(-5));
  });

  it('is not given to what is too big, nor twice to the same', () => {
    const cache = new TokenCache<typeof entry>(1000);
    cache.set('small', entry, 100);
    cache.set('big', entry, 501);
    for (let times = 0; times < 100; times += 1) cache.set('same', entry, 300);
    assert.isUndefined(cache.get('big', 0));
    assert.isDefined(cache.get('small', 0));
    assert.isDefined(cache.get('same', 0));
  });

  it('holds nothing that has expired', () => {
    const cache = new TokenCache<typeof entry>(1000);
    cache.set('token', entry, 100);
    assert.isDefined(cache.get('token', 999.9));
    assert.isUndefined(cache.get('token', 1000));
    assert.isUndefined(cache.get('token', 0), 'gone, not hidden');
  });

  it('is counted by what JSON holds, however deep', () => {
    let deep: unknown = [];
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
    assert.isAbove(freezeAndWeigh(deep), 6_400_000);
    assert.isAbove(freezeAndWeigh({ text: 'x'.repeat(5000) }), 5000);
    assert.isAbove(freezeAndWeigh({ list: Array.from({ length: 1000 }, () => ({})) }), 64_000);
  });
});
