import { assert } from 'chai';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { mockServers, type MockServers, type MockServersOptions } from '../../src/msw.ts';
import type { TokenAnswer } from '../support/login.ts';
import { createWireClient, type WireClient } from '../support/wire-client.ts';

const replica = 'https://api-a.example';
const orders = `${replica}/orders`;

describe('msw: the switches', () => {
  let servers: MockServers;
  let client: WireClient;
  let tokens: TokenAnswer;
  const clock = { nowSeconds: 1_800_000_000 };

  beforeEach(() => start());

  async function start(options: Partial<MockServersOptions> = {}) {
    const nowSeconds = () => clock.nowSeconds;
    servers = await mockServers({ issuer: 'https://login.example', replicas: [replica], nowSeconds, onMistake: () => {}, ...options });
    client = await createWireClient(servers, { fetch: servers.fetch, nowSeconds });
    tokens = await client.logIn();
  }

  const send = async (parts: Parameters<WireClient['request']>[2] = {}) =>
    servers.fetch(await client.request(orders, tokens.access_token, parts));

  async function codeOf(response: Response): Promise<string> {
    return response.ok ? 'ALLOW' : ((await response.json()) as { code: string }).code;
  }

  async function rejection(promise: Promise<unknown>): Promise<unknown> {
    return promise.then(() => assert.fail('it should have been rejected'), (error: unknown) => error);
  }

  it('nonces: none, for many proofs, or for one', async () => {
    await servers.trouble({ nonces: 'none' });
    assert.equal(await codeOf(await send({ nonce: undefined })), 'ALLOW');
    await servers.trouble({ nonces: 'window' });
    assert.equal(await codeOf(await send({ nonce: undefined })), 'bad_or_missing_nonce');
    const nonce = await client.fetchNonce(orders, tokens.access_token);
    assert.deepEqual([await codeOf(await send({ nonce })), await codeOf(await send({ nonce }))], ['ALLOW', 'ALLOW']);
    await servers.trouble({ nonces: 'single-use' });
    assert.equal(await codeOf(await send({ nonce })), 'bad_or_missing_nonce', 'of another policy');
    const single = await client.fetchNonce(orders, tokens.access_token);
    assert.equal(await codeOf(await send({ nonce: single })), 'ALLOW');
    assert.equal(await codeOf(await send({ nonce: single })), 'bad_or_missing_nonce');
  });

  it('expireNonces: every nonce that is out is dead', async () => {
    const nonce = await client.fetchNonce(orders, tokens.access_token);
    await servers.expireNonces();
    assert.equal(await codeOf(await send({ nonce })), 'bad_or_missing_nonce');
    assert.equal(await codeOf(await send()), 'ALLOW');
  });

  it('clockSkewSeconds: proofs are judged by the servers’ clock, nonces save the client', async () => {
    await servers.trouble({ clockSkewSeconds: 120 });
    assert.equal(await codeOf(await send()), 'ALLOW');
    await servers.trouble({ nonces: 'none' });
    assert.equal(await codeOf(await send({ nonce: undefined })), 'proof_expired');
    await servers.trouble({ clockSkewSeconds: -120 });
    assert.equal(await codeOf(await send({ nonce: undefined })), 'proof_not_yet_valid');
  });

  it('clockSkewSeconds: a skew that is taken back revives no spent proof', async () => {
    const request = await client.request(orders, tokens.access_token);
    await servers.fetch(request.clone());
    await servers.trouble({ clockSkewSeconds: 7200 });
    await client.logIn();
    await servers.trouble({ clockSkewSeconds: 0 });
    assert.equal(await codeOf(await servers.fetch(request)), 'proof_replayed');
  });

  it('down: the stores, so that both servers answer 503', async () => {
    const request = await client.request(orders, tokens.access_token);
    const login = await servers.logIn('alice');
    await servers.trouble({ down: 'stores' });
    assert.equal((await servers.fetch(request)).status, 503);
    assert.equal((await client.askForToken(login)).status, 503);
    assert.instanceOf(await rejection(servers.revoke(tokens.access_token)), Error);
    await servers.trouble({ down: 'nothing' });
    assert.equal(await codeOf(await send()), 'ALLOW');
  });

  it('down: the network, so that fetch fails', async () => {
    await servers.trouble({ down: 'network' });
    assert.instanceOf(await rejection(servers.fetch(orders)), TypeError);
  });

  it('tokenType: the token answer says Bearer, and nothing else changes', async () => {
    await servers.trouble({ tokenType: 'Bearer' });
    const answer = await client.logIn();
    assert.equal(answer.token_type, 'Bearer');
    assert.deepEqual(decodeJwt(answer.access_token).cnf, { jkt: client.key.jkt });
  });

  it('hideHeaders: scripts see no nonce and no challenge', async () => {
    await servers.trouble({ hideHeaders: true });
    const response = await send({ nonce: undefined });
    assert.equal(response.status, 401);
    assert.isNull(response.headers.get('DPoP-Nonce'));
    assert.isNull(response.headers.get('WWW-Authenticate'));
  });

  it('reset: a new world, in which nothing old is good', async () => {
    const { kid } = decodeProtectedHeader(tokens.access_token);
    await servers.trouble({ hideHeaders: true, nonces: 'none', clockSkewSeconds: 5 });
    await servers.reset();
    assert.equal(await codeOf(await send()), 'bad_access_token_signature');
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: servers.client.clientId };
    assert.deepInclude(await (await client.askForToken(new URLSearchParams(refresh))).json(), { error: 'invalid_grant' });
    tokens = await client.logIn();
    assert.notEqual(decodeProtectedHeader(tokens.access_token).kid, kid);
    assert.equal(await codeOf(await send()), 'ALLOW');
  });

  it('lets the app answer what a replica allows, and adds the headers that are due', async () => {
    await start({ respond: async (request, { claims, jkt }, name) => Response.json({ at: name, of: claims.sub, jkt, url: request.url }, { status: 201 }) });
    const response = await send();
    assert.equal(response.status, 201);
    assert.isString(response.headers.get('DPoP-Nonce'));
    assert.deepEqual(await response.json(), { at: replica, of: 'alice', jkt: client.key.jkt, url: orders });
  });

  it('answers orders with the body that came, and knows no other page', async () => {
    const nonce = await client.fetchNonce(orders, tokens.access_token);
    const { headers } = await client.request(orders, tokens.access_token, { method: 'POST', nonce });
    const response = await servers.fetch(orders, { method: 'POST', headers, body: 'one keyboard' });
    assert.deepEqual(await response.json(), { replica, method: 'POST', sub: 'alice', body: 'one keyboard' });
    const elsewhere = await client.request(`${replica}/other`, tokens.access_token);
    assert.equal((await servers.fetch(elsewhere)).status, 404);
    assert.instanceOf(await rejection(servers.fetch('https://elsewhere.example/')), TypeError);
  });

  it('logs in by redirect whom login_hint names, with a code that is bound to a key', async () => {
    const { authorizationServer, client: app } = servers;
    const redirect_uri = app.redirectUris[0]!;
    const query = new URLSearchParams({
      client_id: app.clientId, redirect_uri, response_type: 'code', login_hint: 'bob',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256',
    });
    const response = await servers.fetch(`${authorizationServer.endpoints.authorization}?${query}`);
    const { searchParams } = new URL(response.headers.get('Location')!);
    const form = { grant_type: 'authorization_code', code: searchParams.get('code')!, client_id: app.clientId, redirect_uri };
    const redeemed = await client.askForToken(new URLSearchParams({ ...form, code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk' }));
    assert.equal(decodeJwt(((await redeemed.json()) as TokenAnswer).access_token).sub, 'bob');
  });

  it('serves two tenants of one host, and no more than its own URLs', async () => {
    await start({ issuer: 'https://host.example/tenant', replicas: ['https://host.example/api'] });
    const { endpoints } = servers.authorizationServer;
    const metadata = (await (await servers.fetch(endpoints.metadata)).json()) as { token_endpoint: string };
    assert.equal(metadata.token_endpoint, endpoints.token);
    assert.equal((await servers.fetch('https://host.example/api/orders')).status, 401);
    assert.instanceOf(await rejection(servers.fetch('https://host.example/')), TypeError);
  });
});
