/** Clients that need a page (its IndexedDB, its storage) before our authorization server and our resource server. */

import { Auth0Client } from '@auth0/auth0-spa-js';
import { assert } from 'chai';
import { ErrorResponse, InMemoryWebStorage, IndexedDbDPoPStore, OidcClient, UserManager, WebStorageStateStore, type User } from 'oidc-client-ts';
import { named } from '../support/versions.ts';
import { assertDenied, assertEcho, findSurroundings, type Surroundings } from './surroundings.ts';

describe('interop: their clients', () => {
  let surroundings: Surroundings;
  before(async () => {
    surroundings = await findSurroundings();
  });

  /** Runs with a fetch of the page that counts what goes to a URL. */
  async function countRequests(url: string, run: () => Promise<unknown>): Promise<number> {
    const { fetch: own } = window;
    let requests = 0;
    window.fetch = (input, init) => {
      if (String(input instanceof Request ? input.url : input) === url) requests += 1;
      return own(input, init);
    };
    await run().finally(() => (window.fetch = own));
    return requests;
  }

  describe(named('oidc-client-ts'), () => {
    const peer = named('oidc-client-ts');

    /** The library as an app has it, over a redirect that happens in a frame. */
    function setUp() {
      const { authorizationServer, redirectUri: redirect_uri, clientId: client_id } = surroundings.servers;
      const storage = () => new WebStorageStateStore({ store: new InMemoryWebStorage() });
      const dpop = { store: new IndexedDbDPoPStore(), bind_authorization_code: true };
      const metadataUrl = `${authorizationServer}/.well-known/oauth-authorization-server`;
      const settings = { authority: authorizationServer, metadataUrl, client_id, redirect_uri, scope: 'orders', stateStore: storage(), dpop };
      const manager = new UserManager({ ...settings, userStore: storage(), automaticSilentRenew: false });
      const client = new OidcClient(settings);
      return { manager, client, dpop, tokenUrl: `${authorizationServer}/token` };
    }

    async function logIn({ manager, client, dpop }: ReturnType<typeof setUp>): Promise<User> {
      await manager.removeUser();
      const { url } = await client.createSigninRequest({ request_type: 'si:r', dpopJkt: (await manager.generateDPoPJkt(dpop))! });
      assert.include(url, 'dpop_jkt=');
      return manager.signinRedirectCallback((await surroundings.visit(url)).href);
    }

    /** What its user has to write: the library makes proofs for APIs, and leaves challenges to its caller. */
    async function call(manager: UserManager, user: User, { url, method = 'GET', htm = method }: { url: string; method?: string; htm?: string }) {
      const ask = async (nonce?: string) => {
        const headers = { Authorization: `DPoP ${user.access_token}`, DPoP: (await manager.dpopProof(url, user, htm, nonce))! };
        return fetch(url, { method, headers, ...(method === 'POST' && { body: 'whole' }) });
      };
      const first = await ask();
      const nonce = first.headers.get('DPoP-Nonce');
      return first.status === 401 && nonce ? ask(nonce) : first;
    }

    it(`${peer}: code with PKCE and dpop_jkt, refresh, API with a POST, nonces at both, ES256`, async () => {
      const app = setUp();
      const first = await logIn(app);
      assert.equal(first.token_type, 'DPoP');
      const user = (await app.manager.signinSilent())!;
      assert.notEqual(user.access_token, first.access_token);
      await assertEcho(await call(app.manager, user, { url: `${surroundings.servers.api}/orders`, method: 'POST' }), { body: 'whole' });
    });

    it(`${peer}: leaves the query in htu, against RFC 9449 §4.2: accepted, since §4.3 (9) ignores it, ES256`, async () => {
      const app = setUp();
      await assertEcho(await call(app.manager, await logIn(app), { url: `${surroundings.servers.api}/orders?page=2` }));
    });

    it(`${peer}: passes a method in lower case on to htm, against RFC 9449 §4.2: method_mismatch, ES256`, async () => {
      const app = setUp();
      await assertDenied(await call(app.manager, await logIn(app), { url: `${surroundings.servers.api}/orders`, htm: 'get' }), 'method_mismatch');
    });

    it(`${peer}: takes every refusal with a nonce for a challenge; ours of a refresh token has none, so it is sent once, ES256`, async () => {
      const app = setUp();
      const user = await logIn(app);
      const state = { refresh_token: 'unknown', session_state: '', profile: user.profile, scope: 'orders', data: undefined };
      let thrown: unknown;
      const requests = await countRequests(app.tokenUrl, () => app.client.useRefreshToken({ state }).catch((error: unknown) => (thrown = error)));
      assert.instanceOf(thrown, ErrorResponse);
      assert.equal(thrown.error, 'invalid_grant');
      assert.equal(requests, 1);
    });
  });

  describe(named('@auth0/auth0-spa-js'), () => {
    const peer = named('@auth0/auth0-spa-js');

    // With its tokens in localStorage it asks for them from the page, else from a worker.
    function setUp() {
      const { boundIssuer: domain, redirectUri: redirect_uri, clientId } = surroundings.servers;
      const options = { useDpop: true, useRefreshTokens: true, cacheLocation: 'localstorage' } as const;
      return new Auth0Client({ domain, clientId, ...options, authorizationParams: { redirect_uri } });
    }

    async function logIn(client: Auth0Client): Promise<void> {
      let back = new URL('about:blank');
      await client.loginWithRedirect({ openUrl: async (url) => void (back = await surroundings.visit(url)) });
      await client.handleRedirectCallback(back.href);
    }

    async function ready() {
      const client = setUp();
      await logIn(client);
      return { client, url: `${surroundings.servers.api}/orders?page=2` };
    }

    it(`${peer}: code with PKCE and dpop_jkt and refresh at an issuer over our bind, API with a POST by its fetcher, nonces at both, ES256`, async () => {
      const { client, url } = await ready();
      const first = (await client.getTokenSilently({ detailedResponse: true }))!;
      const next = (await client.getTokenSilently({ detailedResponse: true, cacheMode: 'off' }))!;
      assert.notEqual(next.access_token, first.access_token);
      const statuses: number[] = [];
      const watched = async (request: Request) => {
        const response = await fetch(request);
        statuses.push(response.status);
        return response;
      };
      const fetcher = client.createFetcher({ dpopNonceId: crypto.randomUUID(), fetch: watched });
      await assertEcho(await fetcher.fetchWithAuth(url, { method: 'POST', body: 'whole' }), { body: 'whole' });
      await assertEcho(await fetcher.fetchWithAuth(url));
      assert.deepEqual(statuses, [401, 200, 200], 'the nonce of the last answer served');
    });

    it(`${peer}: a fetcher without dpopNonceId sends the scheme DPoP with no proof, against RFC 9449 §7.1: proof_missing, ES256`, async () => {
      const { client, url } = await ready();
      await assertDenied(await client.createFetcher().fetchWithAuth(url), 'proof_missing');
    });

    it(`${peer}: a Request with a body breaks its retry after our challenge (a TypeError of its own); the next one passes, ES256`, async () => {
      const { client, url } = await ready();
      const fetcher = client.createFetcher({ dpopNonceId: crypto.randomUUID() });
      const send = () => fetcher.fetchWithAuth(new Request(url, { method: 'POST', body: 'whole' }));
      const thrown = await send().catch((error: unknown) => error);
      assert.instanceOf(thrown, TypeError);
      await assertEcho(await send(), { body: 'whole' });
    });

    it(`${peer}: repeats a token request whose answer was lost with the proof that it sent, where RFC 9449 §7.3 wants a new one: proof_replayed, ES256`, async () => {
      const { client } = await ready();
      const { fetch: own } = window;
      const codes: unknown[] = [];
      window.fetch = async (input, init) => {
        const response = await own(input, init);
        codes.push(((await response.clone().json()) as { code?: string }).code);
        if (codes.length === 1) throw new TypeError('the answer was lost');
        return response;
      };
      const error = await client.getTokenSilently({ cacheMode: 'off' }).catch((thrown: unknown) => thrown).finally(() => (window.fetch = own));
      assert.deepEqual(codes, [undefined, 'proof_replayed']);
      assert.propertyVal(error, 'error', 'invalid_dpop_proof');
    });

    it(`${peer}: signs for whatever absolute URL it is given; a proof for one origin is nothing at another: uri_mismatch, ES256`, async () => {
      const { client, url } = await ready();
      const accessToken = (await client.getTokenSilently({ detailedResponse: true }))!.access_token;
      const proof = await client.generateDpopProof({ url: 'https://evil.example/orders', method: 'GET', accessToken });
      await assertDenied(await fetch(url, { headers: { Authorization: `DPoP ${accessToken}`, DPoP: proof } }), 'uri_mismatch');
    });
  });
});
