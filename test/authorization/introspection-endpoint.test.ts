import { assert } from 'chai';
import { createAuthorizationServer, memoryReplayStore, type AuthorizationServerOptions } from '../../src/authorization-server.ts';
import { createResourceServer, type ResourceServer, type ResourceServerOptions } from '../../src/resource-server.ts';
import { agedMemory } from '../support/api.ts';
import { createLogin, type LoginServer } from '../support/login.ts';
import { assertRefused } from '../support/oauth.ts';
import { makeProof } from '../support/proofs.ts';

const caller = { clientId: 'orders api', clientSecret: 'a secret with: + % & ü, long enough for all' };
const formEncode = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);
const basic = (name: string, secret: string) => `Basic ${btoa(`${formEncode(name)}:${formEncode(secret)}`)}`;
const credentials = basic(caller.clientId, caller.clientSecret);

async function createIntrospecting(options: Partial<AuthorizationServerOptions> = {}) {
  const login = await createLogin({ introspectionCallers: [{ clientId: 'other', clientSecret: 'x'.repeat(32) }, caller], ...options });
  const ask = (token: string | undefined, authorization: string | undefined = credentials) =>
    login.post(login.server.endpoints.introspection, { token }, { ...(authorization && { authorization }) });
  return { ...login, ask };
}

describe('introspection endpoint (RFC 7662)', () => {
  it('says what an access token says, its key and its type at the top level (§2.2, RFC 9449 §6.2)', async () => {
    const { ask, logIn, clock, alice } = await createIntrospecting();
    const { access_token } = await logIn();
    const response = await ask(access_token);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('Cache-Control'), 'no-store');
    const { jti, ...answer } = (await response.json()) as Record<string, unknown>;
    assert.isString(jti);
    assert.deepEqual(answer, {
      active: true, token_type: 'DPoP', cnf: { jkt: alice.jkt }, iss: 'https://login.example.com', sub: 'alice', client_id: 'spa',
      aud: 'https://api.example.com', iat: clock.nowSeconds, exp: clock.nowSeconds + 300,
    });
  });

  async function assertInactive(response: Response) {
    assert.deepEqual([response.status, await response.json()], [200, { active: false }]);
  }

  it('says no more than inactive of a token that has expired, is revoked, foreign, made up, or no access token (§2.2)', async () => {
    const { ask, logIn, code, server, clock, alice, revocation } = await createIntrospecting();
    const [revoked, tokens] = [await logIn(), await logIn()];
    await server.revoke(revoked.access_token);
    await assertInactive(await ask(revoked.access_token));
    const { server: foreign } = await createLogin();
    const { accessToken } = await foreign.issue({ sub: 'alice', clientId: 'spa', jkt: alice.jkt, issuedAtSeconds: clock.nowSeconds });
    const tampered = tokens.access_token.replace(/.{4}$/, 'AAAA');
    for (const token of [accessToken, tampered, tokens.refresh_token, await code(), 'x', 'a.b.c']) await assertInactive(await ask(token));
    clock.nowSeconds += 300;
    await assertInactive(await ask(tokens.access_token));
    assert.isFunction(revocation.check);
  });

  it('knows of a token whose user, session, client or key is revoked', async () => {
    let asked: object = {};
    const revocation = { revoke: async () => {}, check: async (token: object) => ((asked = token), true) };
    const { ask, server, clock, alice } = await createIntrospecting({ revocation });
    const { accessToken, jti } = await server.issue({ sub: 'alice', clientId: 'spa', jkt: alice.jkt, sid: 'session-1' });
    await assertInactive(await ask(accessToken));
    const iss = 'https://login.example.com';
    assert.deepEqual(asked, { iss, jti, sub: 'alice', sid: 'session-1', client_id: 'spa', jkt: alice.jkt, iat: clock.nowSeconds });
  });

  const strangers: [string, string | undefined][] = [
    ['nobody', ''],
    ['a name that nobody has', basic('nobody', caller.clientSecret)],
    ['another secret', basic(caller.clientId, `${caller.clientSecret}x`)],
    ['the secret of another', basic(caller.clientId, 'x'.repeat(32))],
    ['no secret', basic(caller.clientId, '')],
    ['no name and no secret', basic('', '')],
    ['a secret that was not form-encoded', `Basic ${btoa('orders api:a secret with: + % & x, long enough')}`],
    ['no Base64', 'Basic ~~~~'],
    ['half of Base64', 'Basic a'],
    ['another scheme', credentials.replace('Basic', 'Bearer')],
    ['two of them', `${credentials}, ${credentials}`],
  ];
  for (const [who, authorization] of strangers) {
    it(`answers ${who} with 401, whatever the token (§2.3, §4)`, async () => {
      const { ask, logIn } = await createIntrospecting();
      for (const token of [(await logIn()).access_token, 'x', undefined]) {
        const response = await ask(token, authorization);
        assert.equal(response.headers.get('WWW-Authenticate'), 'Basic realm="introspection"');
        await assertRefused(response, 401, 'invalid_client');
      }
    });
  }

  it('knows each of its callers, in any case of the scheme', async () => {
    const { ask, logIn } = await createIntrospecting();
    const { access_token } = await logIn();
    for (const authorization of [credentials.replace('Basic', 'bASIC'), basic('other', 'x'.repeat(32))]) {
      assert.deepInclude(await (await ask(access_token, authorization)).json(), { active: true });
    }
  });

  it('refuses what is no question', async () => {
    const { ask, server } = await createIntrospecting();
    await assertRefused(await ask(undefined), 400, 'invalid_request');
    await assertRefused(await ask('a.b.c.d.e'), 400, 'invalid_request');
    await assertRefused(await ask('x'.repeat(65_536)), 413, 'invalid_request');
    assert.equal((await server.fetch(new Request(server.endpoints.introspection))).status, 405);
  });

  it('answers 503 where the revocation list does not answer, in time and with yes or no', async () => {
    const failing = [() => Promise.reject(new Error('down')), () => new Promise<never>(() => {}), async () => 'no' as unknown as boolean];
    for (const check of failing) {
      const { ask, server, alice } = await createIntrospecting({ revocation: { revoke: async () => {}, check }, storeTimeoutSeconds: 0.02 });
      const { accessToken } = await server.issue({ sub: 'alice', clientId: 'spa', jkt: alice.jkt });
      await assertRefused(await ask(accessToken), 503, 'temporarily_unavailable');
    }
  });

  it('is there, and in the metadata, where somebody may ask', async () => {
    const { server } = await createIntrospecting();
    assert.deepInclude(await (await server.fetch(new Request(server.endpoints.metadata))).json(), {
      introspection_endpoint: 'https://login.example.com/introspect',
      introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
    });
    const { server: closed, post } = await createLogin();
    assert.equal((await post(closed.endpoints.introspection, { token: 'x' })).status, 404);
  });

  it('needs a list that can be read, callers with names of their own, and long secrets', () => {
    const good = { issuer: 'https://login.example.com', audience: 'api', clients: [], replayStore: memoryReplayStore() };
    const create = (options: Partial<AuthorizationServerOptions>) => () =>
      createAuthorizationServer({ ...good, introspectionCallers: [caller], ...options });
    assert.throws(create({ revocation: { revoke: async () => {} } }), TypeError, 'check');
    assert.throws(create({ introspectionCallers: [caller, caller] }), TypeError, 'clientId');
    assert.throws(create({ introspectionCallers: [{ clientId: '', clientSecret: 'x'.repeat(32) }] }), TypeError, 'clientId');
    assert.throws(create({ introspectionCallers: [{ clientId: 'a', clientSecret: 'x'.repeat(31) }] }), TypeError, 'clientSecret');
    assert.doesNotThrow(create({}));
  });
});

describe('introspection endpoint: a resource server that has no keys', () => {
  const url = 'https://api.example.com/orders';

  async function createApi(login: Pick<LoginServer, 'clock' | 'server'>, options: Partial<ResourceServerOptions> = {}) {
    const nowSeconds = () => login.clock.nowSeconds;
    const introspection = { endpoint: new URL(login.server.endpoints.introspection), authentication: caller };
    return createResourceServer({
      issuers: [{ issuer: login.server.issuer, audience: 'https://api.example.com', introspection }],
      fetch: (input, init) => login.server.fetch(new Request(input, init)),
      replayStore: agedMemory(login.clock), nonce: { policy: 'none' }, nowSeconds, ...options,
    });
  }

  const sender = (login: Pick<LoginServer, 'clock' | 'alice'>, api: ResourceServer, accessToken: string) => async (key = login.alice) => {
    const proof = await makeProof({ key, url, accessToken, nowSeconds: login.clock.nowSeconds });
    return api.verify(new Request(url, { headers: { Authorization: `DPoP ${accessToken}`, DPoP: proof } }));
  };

  it('lets the holder of the key in, nobody else, and no longer than the token lives or is not revoked', async () => {
    const login = await createIntrospecting();
    const api = await createApi(login);
    const { access_token: accessToken } = await login.logIn();
    const send = sender(login, api, accessToken);
    assert.deepInclude(await send(), { ok: true, jkt: login.alice.jkt });
    assert.deepInclude(await send(login.thief), { code: 'proof_key_not_bound_to_token' });
    await login.server.revoke(accessToken);
    assert.deepInclude(await send(), { code: 'token_revoked' });
  });

  it('opens an encrypted token and asks about the signed one inside: no token is 503 for ever', async () => {
    const recipient = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
    const login = await createIntrospecting({ encryption: { key: recipient.publicKey } });
    const { access_token: accessToken, refresh_token } = await login.logIn();
    const send = sender(login, await createApi(login, { decryption: { keys: () => recipient.privateKey, required: true } }), accessToken);
    assert.deepInclude(await send(), { ok: true, jkt: login.alice.jkt });
    assert.deepInclude(await send(login.thief), { code: 'proof_key_not_bound_to_token' });
    await login.server.revoke(refresh_token);
    assert.deepInclude(await send(), { code: 'token_revoked' });
    const withoutKey = sender(login, await createApi(login), accessToken);
    assert.deepInclude(await withoutKey(), { step: 6, code: 'bad_access_token_signature', status: 401 });
  });
});
