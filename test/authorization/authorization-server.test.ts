import { assert } from 'chai';
import { decodeJwt, decodeProtectedHeader, type JSONWebKeySet } from 'jose';
import { createAuthorizationServer, type AuthorizationServerOptions } from '../../src/authorization-server.ts';
import { createResourceServer } from '../../src/resource-server.ts';
import { memoryReplayStore } from '../../src/stores/memory-replay-store.ts';
import { agedMemory } from '../support/api.ts';
import { askForKey } from '../support/ask-for-key.ts';
import { codeChallenge, createLogin, redirectUri } from '../support/login.ts';
import { makeProof } from '../support/proofs.ts';

const es256 = { name: 'ECDSA', namedCurve: 'P-256' };
const rsa = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };

async function generate(algorithm: EcKeyGenParams | RsaHashedKeyGenParams | AlgorithmIdentifier): Promise<CryptoKeyPair> {
  return (await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])) as CryptoKeyPair;
}

describe('authorization server: metadata and keys', () => {
  it('says what a client must know before it makes its key (RFC 8414 §2, RFC 9449 §5.1)', async () => {
    const { server } = await createLogin({ authenticate: async () => undefined });
    const response = await server.fetch(new Request('https://login.example.com/.well-known/oauth-authorization-server'));
    assert.deepEqual(await response.json(), {
      issuer: 'https://login.example.com',
      authorization_endpoint: 'https://login.example.com/authorize',
      pushed_authorization_request_endpoint: 'https://login.example.com/par',
      token_endpoint: 'https://login.example.com/token',
      revocation_endpoint: 'https://login.example.com/revoke',
      jwks_uri: 'https://login.example.com/jwks',
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none'],
      revocation_endpoint_auth_methods_supported: ['none'],
      authorization_response_iss_parameter_supported: true,
      dpop_signing_alg_values_supported: ['Ed25519', 'EdDSA', 'ES256'],
    });
  });

  it('keeps the path of its issuer: after the well-known part (RFC 8414 §3.1), before the endpoints', async () => {
    const { server } = await createLogin({ issuer: 'https://example.com/tenant' });
    const url = 'https://example.com/.well-known/oauth-authorization-server/tenant';
    assert.equal(server.endpoints.metadata, url);
    const metadata = (await (await server.fetch(new Request(url))).json()) as Record<string, string>;
    assert.equal(metadata.token_endpoint, 'https://example.com/tenant/token');
    assert.notProperty(metadata, 'authorization_endpoint');
  });

  it('publishes public halves only (RFC 7517 §5)', async () => {
    const { server } = await createLogin();
    const { keys } = (await (await server.fetch(new Request(server.endpoints.jwks))).json()) as JSONWebKeySet;
    assert.lengthOf(keys, 1);
    assert.hasAllKeys(keys[0], ['kty', 'crv', 'x', 'y', 'alg', 'kid', 'use']);
  });

  it('signs with the first key and publishes all (rotation)', async () => {
    const pairs = [await generate({ name: 'RSASSA-PKCS1-v1_5', ...rsa }), await generate(es256)];
    const { server, alice } = await createLogin({ signingKeys: pairs });
    const { keys } = await server.jwks();
    const { accessToken } = await server.issue({ sub: 'alice', clientId: 'spa', jkt: alice.jkt });
    const { alg, kid } = decodeProtectedHeader(accessToken);
    assert.deepEqual(keys.map((key) => key.alg), ['RS256', 'ES256']);
    assert.deepEqual([alg, kid], ['RS256', keys[0]!.kid]);
  });

  it('is nothing but its endpoints', async () => {
    const { server } = await createLogin();
    assert.equal((await server.fetch(new Request('https://login.example.com/other'))).status, 404);
    const posted = await server.fetch(new Request(server.endpoints.jwks, { method: 'POST' }));
    assert.deepEqual([posted.status, posted.headers.get('Allow')], [405, 'GET']);
  });
});

describe('authorization server: whatever comes', () => {
  const scraps = ['', '.', '..', 'null', '{}', '\u00e9', 'a'.repeat(10_000), '%00', '__proto__', 'constructor'];
  const names = ['client_id', 'grant_type', 'code', 'code_verifier', 'refresh_token', 'token', 'scope', 'redirect_uri', '__proto__'];

  it('is answered with 400, 401 or, where it is too much, 413, and never throws', async () => {
    const { server, prove } = await createLogin({ authenticate: async () => ({ sub: 'alice' }) });
    const { token, revocation, authorization } = server.endpoints;
    for (const scrap of scraps) {
      const body = new URLSearchParams(names.map((name) => [name, scrap]));
      const withClient = new URLSearchParams([...body, ['x', 'y']]);
      withClient.set('client_id', 'spa');
      for (const grant of [scrap, 'authorization_code', 'refresh_token']) {
        withClient.set('grant_type', grant);
        const headers = { DPoP: await prove() };
        const sent = [body, withClient].flatMap((form) => [token, revocation].map((url) => new Request(url, { method: 'POST', body: form, headers })));
        for (const request of [...sent, new Request(`${authorization}?${body}`), new Request(`${authorization}?${withClient}`)]) {
          const { status } = await server.fetch(request);
          assert.include(request.url === revocation ? [200, 400, 401, 413] : [400, 401, 413], status);
        }
      }
    }
  });
});

describe('authorization server: tokens issued directly', () => {
  it('lets the same resource server in, and no other key', async () => {
    const { server, alice, thief, clock } = await createLogin();
    const nowSeconds = () => clock.nowSeconds;
    const url = 'https://api.example.com/orders';
    const { accessToken, jti, expiresAtSeconds } = await server.issue({ sub: 'bob', clientId: 'spa', jkt: alice.jkt, scope: 'read', sid: 's' });
    const { sub, scope, sid, ...claims } = decodeJwt(accessToken);
    assert.deepEqual([sub, scope, sid], ['bob', 'read', 's']);
    assert.deepEqual([claims.jti, claims.exp], [jti, expiresAtSeconds]);
    const api = createResourceServer({
      issuers: [{ issuer: server.issuer, audience: 'https://api.example.com', keys: await server.jwks() }],
      replayStore: agedMemory(clock), nonce: { policy: 'none' }, nowSeconds,
    });
    const send = async (key: typeof alice) => {
      const proof = await makeProof({ key, url, accessToken, nowSeconds: clock.nowSeconds });
      return api.verify(new Request(url, { headers: { Authorization: `DPoP ${accessToken}`, DPoP: proof } }));
    };
    assert.deepInclude(await send(alice), { ok: true, jkt: alice.jkt });
    assert.deepInclude(await send(thief), { ok: false, code: 'proof_key_not_bound_to_token' });
  });

  it('can be encrypted for the resource server: a signed JWT inside a JWE (RFC 9068 §4)', async () => {
    const recipient = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
    const { server, alice, clock, redeem, code } = await createLogin({ encryption: { key: recipient.publicKey, kid: 'api' } });
    const nowSeconds = () => clock.nowSeconds;
    const { access_token } = (await (await redeem(await code())).json()) as { access_token: string };
    const { alg, enc, cty, kid } = decodeProtectedHeader(access_token);
    assert.deepEqual({ alg, enc, cty, kid }, { alg: 'ECDH-ES', enc: 'A256GCM', cty: 'JWT', kid: 'api' });
    const url = 'https://api.example.com/orders';
    const api = createResourceServer({
      issuers: [{ issuer: server.issuer, audience: 'https://api.example.com', keys: await server.jwks() }],
      decryption: { keys: () => recipient.privateKey, required: true },
      replayStore: agedMemory(clock), nonce: { policy: 'none' }, nowSeconds,
    });
    const proof = await makeProof({ key: alice, url, accessToken: access_token, nowSeconds: clock.nowSeconds });
    const decision = await api.verify(new Request(url, { headers: { Authorization: `DPoP ${access_token}`, DPoP: proof } }));
    assert.isTrue(decision.ok);
    const form = new URLSearchParams({ token: access_token, client_id: 'spa' });
    const response = await server.fetch(new Request(server.endpoints.revocation, { method: 'POST', body: form }));
    assert.deepInclude(await response.json(), { error: 'unsupported_token_type' });
  });

  it('can be signed with Ed25519, under the name that libraries read', async function () {
    const pair = await askForKey(() => generate('Ed25519'));
    const { server, alice } = await createLogin({ signingKeys: [pair] });
    const { accessToken } = await server.issue({ sub: 'alice', clientId: 'spa', jkt: alice.jkt });
    assert.equal(decodeProtectedHeader(accessToken).alg, 'EdDSA');
  });

  it('need a thumbprint; a code needs a client, its redirect URI, a user and hashes', async () => {
    const { server } = await createLogin();
    const rejected = async (promise: Promise<unknown>) => assert.instanceOf(await promise.catch((error: unknown) => error), TypeError);
    const login = { clientId: 'spa', redirectUri, sub: 'alice', codeChallenge };
    await rejected(server.issue({ sub: 'alice', clientId: 'spa', jkt: 'short' }));
    await rejected(server.authorize({ ...login, clientId: 'nobody' }));
    await rejected(server.authorize({ ...login, redirectUri: 'https://evil.example/' }));
    await rejected(server.authorize({ ...login, codeChallenge: 'short' }));
    await rejected(server.authorize({ ...login, dpopJkt: 'short' }));
    await rejected(server.authorize({ ...login, sub: '' }));
    await rejected(server.authorize({ ...login, issuedAtSeconds: Number.NaN }));
  });
});

function thrownBy(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  return assert.fail('nothing was thrown');
}

describe('authorization server: options', () => {
  const good: AuthorizationServerOptions = {
    issuer: 'https://login.example.com', audience: 'api', clients: [], replayStore: memoryReplayStore(),
  };
  const claim = async () => true;

  const wrong: [string, Partial<Record<keyof AuthorizationServerOptions, unknown>>][] = [
    ['an issuer without TLS', { issuer: 'http://login.example.com' }],
    ['an issuer without TLS on a host that looks like loopback', { issuer: 'http://127.evil.example' }],
    ['an issuer with a query', { issuer: 'https://login.example.com/?a' }],
    ['an issuer that is no URL', { issuer: 'login' }],
    ['no audience', { audience: [] }],
    ['no replay store', { replayStore: undefined }],
    ['a shared replay store without a shared nonce secret', { replayStore: { shared: true, claim } }],
    ['an unknown proof algorithm', { proofAlgorithms: ['HS256'] }],
    ['no proof algorithm', { proofAlgorithms: [] }],
    ['a short nonce secret', { nonce: { policy: 'window', secret: 'short' } }],
    ['an unknown nonce policy', { nonce: { policy: 'sometimes' } }],
    ['a lifetime of nothing', { accessTokenLifetimeSeconds: 0 }],
    ['a lifetime without end', { accessTokenLifetimeSeconds: Infinity }],
    ['a tolerance that is no number, as of an unset variable', { clockToleranceSeconds: Number(undefined) }],
    ['an age that is no number', { maxAgeSeconds: Number.NaN }],
    ['a size without end', { maxProofBytes: Infinity }],
    ['no signing key', { signingKeys: [] }],
    ['two clients of one name', { clients: [{ clientId: 'a', redirectUris: [] }, { clientId: 'a', redirectUris: [] }] }],
    ['a client without a name', { clients: [{ clientId: '', redirectUris: [] }] }],
    ['a redirect URI that is relative (RFC 6749 §3.1.2)', { clients: [{ clientId: 'a', redirectUris: ['/callback'] }] }],
    ['a redirect URI with a fragment (RFC 6749 §3.1.2)', { clients: [{ clientId: 'a', redirectUris: ['https://a.example/#x'] }] }],
    ['a redirect URI that is a script', { clients: [{ clientId: 'a', redirectUris: ['javascript:alert(1)'] }] }],
    ['a redirect URI that is a document', { clients: [{ clientId: 'a', redirectUris: ['data:text/html,x'] }] }],
  ];

  for (const [what, options] of wrong) {
    it(`refuses ${what} at the start`, () => {
      assert.throws(() => createAuthorizationServer({ ...good, ...options } as AuthorizationServerOptions), TypeError);
    });
  }

  const named: [string, string, unknown][] = [
    ['signing keys that are a text', 'signingKeys', 'x'],
    ['a signing key that is null', 'signingKeys', [null]],
    ['a signing key that is no key pair', 'signingKeys', [{}]],
    ['encryption without a key', 'encryption.key', { encryption: {} }],
    ['encryption with an empty key', 'encryption.key', { encryption: { key: {} } }],
    ['encryption that is null', 'encryption.key', { encryption: null }],
    ['an encryption algorithm that is a number', 'encryption.alg', { encryption: { key: { kty: 'EC' }, alg: 1 } }],
    ['a storage without methods', 'storage', {}],
    ['a storage that only reads', 'storage', { get: async () => undefined }],
    ['a revocation list without methods', 'revocation', {}],
    ['a revocation list that is null', 'revocation', null],
    ['a revocation list whose check is no function', 'revocation.check', { revocation: { revoke: async () => {}, check: true } }],
    ['a login that is no function', 'authenticate', 1],
    ['a clock that is no function', 'nowSeconds', 1],
    ['half a byte of a proof', 'maxProofBytes', 1.5],
    ['a nonce life that is a text', 'nonce.lifetimeSeconds', { nonce: { policy: 'window', lifetimeSeconds: '60' } }],
    ['a nonce secret that is a number', 'nonce.secret', { nonce: { policy: 'window', secret: 64 } }],
    ['an audience without a name', 'audience', ['']],
    ['an empty audience', 'audience', ''],
    ['no clients', 'clients', undefined],
    ['clients that are one', 'clients', { clientId: 'a', redirectUris: [] }],
    ['a client that is null', 'clients[]', { clients: [null] }],
    ['a client whose name is a number', 'clients[].clientId', { clients: [{ clientId: 1, redirectUris: [] }] }],
    ['a client without redirect URIs', 'clients[].redirectUris', { clients: [{ clientId: 'a' }] }],
    ['a client whose redirect URIs are one text', 'clients[].redirectUris', { clients: [{ clientId: 'a', redirectUris: 'https://a.example' }] }],
    ['introspection callers that are one', 'introspectionCallers', { clientId: 'a', clientSecret: 'x'.repeat(32) }],
    ['an introspection secret that is a list', 'introspectionCallers', [{ clientId: 'a', clientSecret: Array.from({ length: 32 }, () => 'x') }]],
  ];
  for (const [what, option, given] of named) {
    it(`refuses ${what} at the start, and names ${option}`, () => {
      const [member] = option.split(/[.[]/) as [string];
      const isWhole = typeof given === 'object' && given !== null && member in given;
      const options = { ...good, ...(isWhole ? given : { [member]: given }) } as AuthorizationServerOptions;
      const error = thrownBy(() => createAuthorizationServer(options));
      assert.instanceOf(error, TypeError);
      assert.isTrue(error.message.startsWith(`${option} must `) || error.message.startsWith(`${option}: `), error.message);
    });
  }

  it('refuses no options, and says what is missing', () => {
    for (const given of [undefined, null, {}]) {
      assert.throws(() => createAuthorizationServer(given as AuthorizationServerOptions), TypeError, 'issuer must be');
    }
  });

  it('refuses a signing key that cannot sign, or whose public half cannot be published', async () => {
    const [one, other] = [await generate(es256), await generate(es256)];
    for (const pair of [{ ...one, privateKey: other.publicKey }, { publicKey: one.privateKey, privateKey: one.privateKey }]) {
      assert.throws(() => createAuthorizationServer({ ...good, signingKeys: [pair] }), TypeError, 'signingKeys');
    }
  });

  it('refuses a signing key that no token can be signed with', async () => {
    const key = await generate({ name: 'ECDSA', namedCurve: 'P-384' });
    assert.throws(() => createAuthorizationServer({ ...good, signingKeys: [key] }), TypeError);
  });

  it('takes redirect URIs of sites, loopback hosts and apps', () => {
    const redirectUris = ['https://app.example.com/callback?a=1', 'http://127.0.0.1:8080/', 'com.example.app:/callback'];
    createAuthorizationServer({ ...good, clients: [{ clientId: 'a', redirectUris }] });
  });

  it('takes an http issuer on loopback, and a shared store with a shared secret', () => {
    createAuthorizationServer({ ...good, issuer: 'http://localhost:8080' });
    createAuthorizationServer({ ...good, replayStore: { shared: true, claim }, nonce: { policy: 'window', secret: 'x'.repeat(32) } });
  });
});
