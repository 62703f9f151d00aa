/** docs/guides/oidc-provider.md keeps its word: its provider runs, and each of its pages logs in there. */

import { assert } from 'chai';
import { exportJWK, generateKeyPair } from 'jose';
import { http } from 'msw';
import type { Provider } from 'oidc-provider';
import type { Keybound, KeyboundError } from '../../src/index.ts';
import { createResourceServer, memoryReplayStore } from '../../src/resource-server.ts';
import { listen, type Listening } from '../servers/listen.ts';
import { agree } from '../servers/openid-provider.ts';
import { setupServer } from '../support/msw-node.ts';
import { createSampleRunner } from '../support/run-sample.ts';

const issuer = 'https://login.example.com';
const api = 'https://api.example.com';

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
}

interface Page {
  readonly keybound: Keybound;
  logIn(): Promise<void>;
  comeBack(): Promise<Tokens>;
  renew(refreshToken: string): Promise<Tokens>;
  userinfo(accessToken: string): Promise<{ sub: string }>;
}

describe('documents: docs/guides/oidc-provider.md', () => {
  const samples = createSampleRunner('docs/guides/oidc-provider.md');
  const asked: string[] = [];
  let server: Listening;
  let network: ReturnType<typeof setupServer>;
  const shown: string[] = [];
  /** What the authorization endpoint has in its URL. */
  let endpointQuery = '';
  let location: { href: string; assign(url: string | URL): void };

  /** To the provider as its proxy sends it there: by http, with the name and the scheme that the client used. */
  function forward({ pathname, search }: URL, { headers = {}, ...init }: RequestInit = {}): Promise<Response> {
    const forwarded = { 'X-Forwarded-Host': new URL(issuer).host, 'X-Forwarded-Proto': 'https' };
    return fetch(server.origin + pathname + search, { ...init, redirect: 'manual', headers: { ...Object.fromEntries(new Headers(headers)), ...forwarded } });
  }

  /** The user's browser, from the link on, until it is sent away from the provider. */
  async function visit(url: URL, cookies = new Map<string, string>()): Promise<URL> {
    if (url.origin !== issuer) return url;
    const Cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await forward(url, { headers: { Cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      cookies.set(name!, value!);
    }
    const next = response.headers.get('Location');
    assert.isString(next, await response.text());
    return visit(new URL(next!, url), cookies);
  }

  before(async () => {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const yours = {
      jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'key-1', use: 'sig', alg: 'RS256' }] },
      cookies: { keys: ['cookies of the test'] },
      findAccount: (_context: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub }) }),
      interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    };
    Object.assign(globalThis, { yours });
    const { provider } = await samples.run<{ provider: Provider }>('provider', 'provider');
    provider.proxy = true;
    const callback = provider.callback();
    server = await listen(async (message, response) =>
      message.url!.startsWith('/interaction/') ? agree(provider, api, message, response) : callback(message, response));

    const issuers = [{ issuer, audience: api, keys: new URL(`${issuer}/jwks`) }];
    const resourceServer = createResourceServer({ issuers, replayStore: memoryReplayStore(), publicUrl: new URL(api) });
    network = setupServer(
      http.get(`${issuer}/.well-known/openid-configuration`, async ({ request }) => {
        const metadata = (await (await forward(new URL(request.url))).json()) as { authorization_endpoint: string };
        return Response.json({ ...metadata, authorization_endpoint: metadata.authorization_endpoint + endpointQuery });
      }),
      http.all(`${issuer}/*`, async ({ request }) => {
        const { url, method, headers } = request;
        return forward(new URL(url), { method, headers, ...(method === 'POST' && { body: await request.text() }) });
      }),
      http.all(`${api}/*`, async ({ request }) => {
        const decision = await resourceServer.verify(request);
        return decision.ok ? Response.json({ of: decision.claims.sub }) : decision.response();
      }),
    );
    network.listen({ onUnhandledFrame: 'bypass' });
    network.events.on('response:mocked', ({ request, response }) => asked.push(`${new URL(request.url).pathname} ${response.status}`));
  });

  beforeEach(() => {
    const kept = new Map<string, string>();
    const sessionStorage = { getItem: (name: string) => kept.get(name), setItem: (name: string, value: string) => kept.set(name, value) };
    location = { href: '', assign: (url) => void (location.href = String(url)) };
    const history = { replaceState: (_state: unknown, _title: string, url: string) => void shown.push(url) };
    shown.length = 0;
    endpointQuery = '';
    Object.assign(globalThis, { sessionStorage, location, history });
  });

  after(async () => {
    for (const name of ['yours', 'sessionStorage', 'location', 'history', 'keybound', 'session', 'renew', 'idToken']) Reflect.deleteProperty(globalThis, name);
    network.close();
    await server.close();
    samples.remove();
  });

  for (const library of ['oauth4webapi', 'openid-client']) {
    it(`keeps a query of the authorization endpoint, with ${library} (RFC 6749 §3.1)`, async () => {
      endpointQuery = '?ui=dark';
      const page = await samples.run<Page>(library, 'keybound', 'logIn');
      await page.logIn();
      const { searchParams } = new URL(location.href);
      assert.deepEqual([searchParams.get('ui'), searchParams.get('client_id')], ['dark', 'spa']);
      await page.keybound.destroy();
    });

    it(`runs: a login with ${library}, userinfo, an API, logout`, async () => {
      const page = await samples.run<Page>(library, 'keybound', 'logIn', 'comeBack', 'renew', 'userinfo');
      const { keybound } = page;
      await page.logIn();
      location.href = String(await visit(new URL(location.href)));
      assert.match(location.href, /^https:\/\/app\.example\.com\/callback\?/);
      asked.length = 0;
      const tokens = await page.comeBack();
      assert.deepEqual(shown, ['https://app.example.com/callback'], 'no code in the address bar');
      assert.include(asked.join(), '/token 400,/token 200', 'the nonce was asked for, inside');
      assert.deepInclude(await page.userinfo(tokens.access_token), { sub: 'alice' });

      Object.assign(globalThis, { keybound, session: { ...tokens }, renew: page.renew });
      const { orders } = await samples.run<{ orders: Response }>('call', 'orders');
      assert.deepEqual(await orders.json(), { of: 'alice' });

      Object.assign(globalThis, { idToken: tokens.id_token });
      const { logOut } = await samples.run<{ logOut(): Promise<void> }>('logout', 'logOut');
      await logOut();
      assert.match(location.href, /\/session\/end\?id_token_hint=/);
      assert.equal((await forward(new URL(location.href))).status, 200);
      const error = await keybound.fetch(`${issuer}/token`, { method: 'POST' }).catch((thrown: KeyboundError) => thrown);
      assert.propertyVal(error, 'code', 'destroyed');
    });
  }
});
