import { assert } from 'chai';
import { createStore, entries } from 'idb-keyval';
import { mockServers, type MockServers, type MockServersOptions } from '../../src/msw.ts';
import type { TokenAnswer } from '../support/login.ts';
import { recordTimers } from '../support/record-timers.ts';
import { createWireClient, type WireClient } from '../support/wire-client.ts';

const replicas = ['https://api-a.example', 'https://api-b.example'];
const orders = `${replicas[0]}/orders`;
const nowSeconds = () => Date.now() / 1000;

/** A page of its own, as a tab or after a reload: a new realm that knows nothing but what is on disk. */
async function openPage(options: MockServersOptions): Promise<{ servers: MockServers; close(): void }> {
  const frame = document.createElement('iframe');
  document.body.append(frame);
  const page = frame.contentWindow as unknown as { ready(error: unknown, servers?: MockServers): void; document: Document };
  const servers = await new Promise<MockServers>((resolve, reject) => {
    page.ready = (error, started) => (started ? resolve(started) : reject(error instanceof Error ? error : new Error(String(error))));
    const script = page.document.createElement('script');
    script.type = 'module';
    script.textContent = `
      import { mockServers } from '${new URL('../../src/msw.ts', import.meta.url).href}';
      mockServers(${JSON.stringify(options)}).then((servers) => ready(undefined, servers), ready);`;
    page.document.body.append(script);
  });
  return { servers, close: () => frame.remove() };
}

describe('msw: persist, over a reload and between tabs', () => {
  let options: MockServersOptions;
  let servers: MockServers;
  let client: WireClient;
  let tokens: TokenAnswer;

  beforeEach(async () => {
    options = { issuer: `https://login-${crypto.randomUUID()}.example`, replicas, persist: true };
    servers = await mockServers(options);
    client = await createWireClient(servers, { fetch: servers.fetch, nowSeconds });
    tokens = await client.logIn();
  });

  async function codeOf(response: Response): Promise<string> {
    return response.ok ? 'ALLOW' : ((await response.json()) as { code: string }).code;
  }

  it('keeps keys, grants, spent proofs, nonces and revocations', async () => {
    const spent = await client.request(orders, tokens.access_token);
    const headers = [...spent.headers] as [string, string][];
    assert.equal(await codeOf(await servers.fetch(orders, { headers })), 'ALLOW');
    const unused = await client.fetchNonce(orders, tokens.access_token);
    const revoked = await client.logIn();
    await servers.revoke(revoked.access_token);

    const page = await openPage(options);
    const reloaded = await createWireClient(page.servers, { fetch: page.servers.fetch, nowSeconds, key: client.key });
    const credentials = async (token: string, nonce?: string) => {
      const request = await reloaded.request(orders, token, nonce === undefined ? {} : { nonce });
      return { headers: [...request.headers] as [string, string][] };
    };
    assert.deepEqual(await page.servers.authorizationServer.jwks(), await servers.authorizationServer.jwks());
    assert.equal(await codeOf(await page.servers.fetch(orders, { headers })), 'proof_replayed');
    assert.equal(await codeOf(await page.servers.fetch(orders, await credentials(tokens.access_token, unused))), 'ALLOW');
    assert.equal(await codeOf(await page.servers.fetch(orders, await credentials(tokens.access_token, unused))), 'bad_or_missing_nonce');
    assert.equal(await codeOf(await page.servers.fetch(orders, await credentials(revoked.access_token))), 'token_revoked');
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: servers.client.clientId };
    assert.equal((await reloaded.askForToken(new URLSearchParams(form))).status, 200);
    page.close();
  });

  it('lets one of twenty copies of a request pass, in two tabs at once', async () => {
    const page = await openPage(options);
    const { headers } = await client.request(orders, tokens.access_token);
    const sent = [...headers] as [string, string][];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? servers : page.servers).fetch(orders, { headers: sent })),
    );
    assert.lengthOf(answers.filter(({ ok }) => ok), 1);
    page.close();
  });

  it('gives a busy disk ten seconds, where other stores have one', async () => {
    const request = await client.request(orders, tokens.access_token);
    const { delays, restore } = recordTimers();
    const answer = await servers.fetch(request).finally(restore);
    assert.equal(await codeOf(answer), 'ALLOW');
    assert.include(delays, 10_000);
    assert.notInclude(delays, 1000);
  });

  it('lets at most one of two tabs redeem a code', async () => {
    const page = await openPage(options);
    const other = await createWireClient(page.servers, { fetch: page.servers.fetch, nowSeconds, key: client.key });
    const body = await servers.logIn('alice');
    const answers = await Promise.all([client.askForToken(body), other.askForToken(body)]);
    assert.isAtMost(answers.filter(({ ok }) => ok).length, 1);
    page.close();
  });

  it('makes one identity, whoever comes first', async () => {
    const fresh = { ...options, issuer: `https://login-${crypto.randomUUID()}.example` };
    const started = await Promise.all([mockServers(fresh), mockServers(fresh), mockServers(fresh)]);
    const [first, ...others] = await Promise.all(started.map(({ authorizationServer }) => authorizationServer.jwks()));
    for (const keys of others) assert.deepEqual(keys, first);
  });

  it('keeps a signing key that cannot be exported', async () => {
    const stored = new Map(await entries<string, unknown>(createStore(`keybound-mock ${options.issuer}`, 'state')));
    const { signingKey } = stored.get('identity') as { signingKey: CryptoKeyPair };
    const exported = crypto.subtle.exportKey('jwk', signingKey.privateKey);
    assert.equal(await exported.then(() => 'exported', (error: Error) => error.name), 'InvalidAccessError');
  });

  it('forgets what has expired, and nothing else', async () => {
    let skewSeconds = 0;
    const issuer = `https://login-${crypto.randomUUID()}.example`;
    const ageing = await mockServers({ ...options, issuer, nowSeconds: () => nowSeconds() + skewSeconds });
    const store = createStore(`keybound-mock ${issuer}`, 'state');
    const claims = async () => (await entries<string, unknown>(store)).filter(([key]) => key.startsWith('claim ')).length;
    const visitor = await createWireClient(ageing, { fetch: ageing.fetch, nowSeconds: () => nowSeconds() + skewSeconds });
    await visitor.logIn();
    const before = await claims();
    skewSeconds = 3600;
    await visitor.logIn();
    assert.equal(await claims(), before, 'the first login is forgotten, the second one is there');
  });

  it('starts anew after a reset', async () => {
    await servers.reset();
    const page = await openPage(options);
    const request = await client.request(orders, tokens.access_token);
    const answer = await page.servers.fetch(orders, { headers: [...request.headers] as [string, string][] });
    assert.equal(await codeOf(answer), 'bad_access_token_signature');
    page.close();
  });
});
