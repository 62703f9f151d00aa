/** The guide to a migration: each of its steps, with old pages, new pages, moved APIs and legacy ones at once. */

import { assert } from 'chai';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { createKeybound, type Keybound, type KeyboundError } from '../../src/index.ts';
import { createCors } from '../../src/resource-server.ts';
import { installOwnIssuer, type OwnIssuer } from './own-issuer.ts';
import { pageOrigin } from './page-network.ts';
import { apiOrigin, createStage, type Stage } from './stage.ts';

const loginOrigin = 'https://login.example.com';
const legacyOrigin = 'https://legacy.example.com';
type Handle = (request: Request) => Promise<Response>;

describe('guide: migrating from Bearer to DPoP', () => {
  let stage: Stage;
  let own: OwnIssuer;
  let counts: string[];
  const globals = ['issuers', 'answer', 'logIn'];

  beforeEach(async () => {
    stage = createStage('docs/guides/migrating.md');
    own = await installOwnIssuer();
    counts = [];
    const issuers = [{ issuer: own.issuer, audience: apiOrigin, keys: own.jwks }];
    Object.assign(globalThis, { issuers, answer: ({ sub }: { sub: string }, headers: Headers) => Response.json({ sub }, { headers }) });
    await serveLegacy();
  });
  afterEach(async () => {
    own.remove();
    for (const name of globals) Reflect.deleteProperty(globalThis, name);
    await stage.close();
  });

  const cors = createCors({ origins: [pageOrigin] });
  const withCors = (handle: Handle): Handle => async (request) => {
    const preflight = cors.preflight(request);
    if (preflight) return preflight;
    const { method, headers } = request;
    const { pathname } = new URL(request.url);
    const body = method === 'POST' ? await request.arrayBuffer() : null;
    const response = await handle(new Request((pathname === '/token' ? loginOrigin : apiOrigin) + pathname, { method, headers, body }));
    cors.headers(request).forEach((value, name) => response.headers.append(name, value));
    return response;
  };

  /** An API that has not moved: it verifies JWTs by jose, and has never heard of DPoP. */
  const serveLegacy = () => stage.serve(legacyOrigin, withCors(async ({ headers }) => {
    const [, token] = /^Bearer (.+)$/.exec(headers.get('Authorization') ?? '') ?? [];
    const verified = token && (await jwtVerify(token, createLocalJWKSet(own.jwks), { issuer: own.issuer, audience: apiOrigin }).catch(() => undefined));
    return verified ? Response.json({ sub: verified.payload.sub }) : new Response(null, { status: 401 });
  }));

  async function serveApi(bearer: 'unbound-only' | 'refuse'): Promise<void> {
    const { createApi } = await stage.samples.run<{ createApi(bearer: string, count: (name: string) => void): Handle }>('api');
    await stage.serve(apiOrigin, withCors(createApi(bearer, (name) => void counts.push(name))));
  }

  async function serveIssuer(): Promise<void> {
    const { answerToken } = await stage.samples.run<{ answerToken: Handle }>('issuer');
    await stage.serve(loginOrigin, withCors(answerToken));
  }

  type Tokens = { access_token: string; refresh_token: string; token_type: string };
  const redeem = async (send: typeof fetch, form: Record<string, string>) => send(`${loginOrigin}/token`, { method: 'POST', body: new URLSearchParams(form) });
  const tokensFor = async (send: typeof fetch, form = { code: own.grant() } as Record<string, string>) => (await redeem(send, form)).json() as Promise<Tokens>;
  const asBearer = async (origin: string, token: string) => (await fetch(`${origin}/orders`, { headers: { Authorization: `Bearer ${token}` } })).status;

  /** The new page. */
  async function openPage(): Promise<{ keybound: Keybound; api: typeof fetch; tokens: Tokens }> {
    let tokens: Tokens | undefined;
    Object.assign(globalThis, { logIn: async (send: typeof fetch) => (tokens = await tokensFor(send)) });
    const page = await stage.samples.run<{ keybound: Keybound; api: typeof fetch }>('page', 'keybound', 'api');
    return { ...page, tokens: tokens! };
  }

  it('step 1: nobody notices', async () => {
    await serveApi('unbound-only');
    const token = await signFor({});
    assert.deepEqual([await asBearer(apiOrigin, token), await asBearer(legacyOrigin, token)], [200, 200]);
    assert.deepEqual(counts, ['allow Bearer']);
  });

  const signFor = (claims: object) => (globalThis as unknown as { signAccessToken(claims: object): Promise<string> }).signAccessToken({ sub: 'alice', ...claims });

  it('steps 2 to 4: old pages and new ones, moved APIs and others, all at once', async () => {
    await serveApi('unbound-only');
    await serveIssuer();
    const old = await tokensFor(fetch);
    assert.equal(old.token_type, 'Bearer');
    assert.deepEqual([await asBearer(apiOrigin, old.access_token), await asBearer(legacyOrigin, old.access_token)], [200, 200]);

    const { keybound, api, tokens } = await openPage();
    assert.equal(tokens.token_type, 'DPoP');
    assert.equal((await api(`${apiOrigin}/orders`)).status, 200);
    assert.equal((await api(`${legacyOrigin}/orders`)).status, 200, 'as plain Bearer');
    assert.deepEqual(counts, ['allow Bearer', 'deny bad_or_missing_nonce', 'allow DPoP']);
    await keybound.destroy();
  });

  it('the hole: a bound token as Bearer is refused at moved APIs, from step 1 on, and passes at legacy ones', async () => {
    await serveApi('unbound-only');
    await serveIssuer();
    const { keybound, tokens } = await openPage();
    assert.equal(await asBearer(apiOrigin, tokens.access_token), 401);
    assert.equal(counts.at(-1), 'deny bearer_downgrade');
    assert.equal(await asBearer(legacyOrigin, tokens.access_token), 200, 'which the guide says');
    await keybound.destroy();
  });

  it('the hole: a bound refresh token gives nothing without its key, and nothing without any proof', async () => {
    await serveIssuer();
    const [alice, thief] = [await createKeybound({ name: 'alice', authorizationServers: [loginOrigin] }), await createKeybound({ name: 'thief', authorizationServers: [loginOrigin] })];
    const old = await tokensFor(fetch);
    const { refresh_token } = await tokensFor(alice.fetch, { refresh_token: old.refresh_token });
    for (const send of [fetch, thief.fetch]) {
      const answer = await redeem(send, { refresh_token });
      assert.deepEqual([answer.status, await answer.json()], [400, { error: 'invalid_grant' }]);
    }
    assert.equal((await tokensFor(alice.fetch, { refresh_token })).token_type, 'DPoP');
    await Promise.all([alice.destroy(), thief.destroy()]);
  });

  it('the hole: a Bearer token that came instead of a bound one is not sent to moved APIs', async () => {
    await serveApi('unbound-only');
    await serveIssuer();
    let tokens: Tokens | undefined;
    Object.assign(globalThis, { logIn: async () => (tokens = await tokensFor(fetch)) }); // the proof was struck out
    const { keybound, api } = await stage.samples.run<{ keybound: Keybound; api: typeof fetch }>('page', 'keybound', 'api');
    assert.equal(tokens!.token_type, 'Bearer');
    const error = await api(`${apiOrigin}/orders`).catch((cause: KeyboundError) => cause);
    assert.equal((error as KeyboundError).code, 'token-type');
    assert.deepEqual(counts, []);
    await keybound.destroy();
  });

  it('step 5, and back: Bearer is refused, and taken again', async () => {
    await serveIssuer();
    await serveApi('refuse');
    const old = await tokensFor(fetch);
    const { keybound, api } = await openPage();
    assert.equal(await asBearer(apiOrigin, old.access_token), 401);
    assert.equal((await api(`${apiOrigin}/orders`)).status, 200);
    await serveApi('unbound-only');
    assert.equal(await asBearer(apiOrigin, old.access_token), 200);
    assert.equal((await api(`${apiOrigin}/orders`)).status, 200);
    await keybound.destroy();
  });
});
