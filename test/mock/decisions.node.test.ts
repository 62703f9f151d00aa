import { assert } from 'chai';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { mockServers, type Exchange, type MockServers } from '../../src/msw.ts';
import { setupServer } from '../support/msw-node.ts';
import { generateProofKey } from '../support/proofs.ts';
import type { TokenAnswer } from '../support/login.ts';
import { createWireClient, type WireClient } from '../support/wire-client.ts';

const issuer = 'https://login.example';
const replicaA = 'https://api-a.example';
const replicaB = 'https://api-b.example';
const ordersA = `${replicaA}/orders`;
const ordersB = `${replicaB}/orders`;

describe('msw: the eight headline decisions, on both replicas, over real interception', () => {
  let servers: MockServers;
  let client: WireClient;
  let tokens: TokenAnswer;
  let exchanges: Exchange[];
  let network: ReturnType<typeof setupServer>;
  const clock = { nowSeconds: 1_800_000_000 };
  const nowSeconds = () => clock.nowSeconds;

  before(async () => {
    servers = await mockServers({ issuer, replicas: [replicaA, replicaB], nowSeconds, onMistake: () => {} });
    network = setupServer(...servers.handlers);
    network.listen();
  });

  after(() => network.close());

  beforeEach(async () => {
    await servers.reset();
    client = await createWireClient(servers, { fetch, nowSeconds });
    tokens = await client.logIn();
    exchanges = [];
  });

  async function codeOf(response: Response): Promise<string> {
    return response.ok ? 'ALLOW' : ((await response.json()) as { code: string }).code;
  }

  for (const [url, name] of [[ordersA, 'A'], [ordersB, 'B']] as const) {
    it(`lets a legitimate request pass on replica ${name}`, async () => {
      const response = await fetch(await client.request(url, tokens.access_token));
      assert.deepInclude(await response.json(), { replica: new URL(url).origin, method: 'GET', sub: 'alice' });
    });

    it(`stops a stolen token with the thief's key on replica ${name}`, async () => {
      const key = await generateProofKey();
      const request = await client.request(url, tokens.access_token, { key });
      assert.equal(await codeOf(await fetch(request)), 'proof_key_not_bound_to_token');
    });

    it(`stops a replayed proof on replica ${name}`, async () => {
      const request = await client.request(url, tokens.access_token);
      assert.equal(await codeOf(await fetch(request.clone())), 'ALLOW');
      assert.equal(await codeOf(await fetch(request)), 'proof_replayed');
    });

    it(`stops a proof that was spent on replica ${name} on the other one, to which it is delivered unchanged`, async () => {
      const request = await client.request(url, tokens.access_token);
      assert.equal(await codeOf(await fetch(request.clone())), 'ALLOW');
      const copy = new Request(url === ordersA ? ordersB : ordersA, request);
      assert.equal(await codeOf(await fetch(copy)), 'proof_replayed');
    });

    it(`stops a reused nonce on replica ${name}`, async () => {
      const nonce = await client.fetchNonce(url, tokens.access_token);
      await fetch(await client.request(url, tokens.access_token, { nonce }));
      const response = await fetch(await client.request(url, tokens.access_token, { nonce }));
      assert.equal(await codeOf(response), 'bad_or_missing_nonce');
      assert.isString(response.headers.get('DPoP-Nonce'));
    });

    it(`stops a valid proof at another URL and with another method on replica ${name}`, async () => {
      const request = await client.request(url, tokens.access_token);
      const { headers } = request;
      assert.equal(await codeOf(await fetch(`${url}/1`, { headers })), 'uri_mismatch');
      assert.equal(await codeOf(await fetch(url, { method: 'DELETE', headers })), 'method_mismatch');
    });

    it(`stops a tampered token on replica ${name}, even under a proof over it`, async () => {
      const [header, payload, signature] = tokens.access_token.split('.') as [string, string, string];
      const tampered = `${header}.${btoa(atob(payload.replaceAll('-', '+').replaceAll('_', '/')).replace('alice', 'admin')).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}.${signature}`;
      const nonce = await client.fetchNonce(url, tokens.access_token);
      const request = await client.request(url, tampered, { nonce });
      assert.equal(await codeOf(await fetch(request)), 'bad_access_token_signature');
    });

    it(`stops a revoked token on replica ${name} (RFC 7009 §2.1)`, async () => {
      const form = { token: tokens.access_token, client_id: servers.client.clientId };
      const revoked = await fetch(servers.authorizationServer.endpoints.revocation, { method: 'POST', body: new URLSearchParams(form) });
      assert.equal(revoked.status, 200);
      assert.equal(await codeOf(await fetch(await client.request(url, tokens.access_token))), 'token_revoked');
    });

    it(`stops an expired token on replica ${name}`, async () => {
      const expired = await servers.issueExpired(client.key.jkt);
      assert.equal(await codeOf(await fetch(await client.request(url, expired))), 'token_expired');
    });
  }

  it('stops on replica B the proof that was spent on replica A behind one public URL (RFC 9449 §11.1)', async () => {
    const publicUrl = 'https://api.example';
    const behind = await mockServers({ issuer, replicas: [replicaA, replicaB], publicUrl, nowSeconds, onMistake: () => {} });
    const captive = await createWireClient(behind, { fetch: behind.fetch, nowSeconds });
    const { access_token } = await captive.logIn();
    const request = await captive.request(`${publicUrl}/orders`, access_token);
    const { headers } = request;
    assert.deepInclude(await (await behind.fetch(request)).json(), { replica: replicaA });
    assert.equal(await codeOf(await behind.fetch(ordersB, { headers })), 'proof_replayed');
    assert.equal(await codeOf(await behind.fetch(ordersA, { headers })), 'proof_replayed');
  });

  it('stops a proof for another API, though it has the same path (RFC 9449 §4.3 (9))', async () => {
    const nonce = await client.fetchNonce(ordersA, tokens.access_token);
    const { headers } = await client.request('https://api-a.example.net/orders', tokens.access_token, { nonce });
    assert.equal(await codeOf(await fetch(ordersA, { headers })), 'uri_mismatch');
    assert.equal(await codeOf(await fetch(ordersB, { headers })), 'uri_mismatch');
  });

  it('takes on replica B a nonce that replica A gave', async () => {
    const nonce = await client.fetchNonce(ordersA, tokens.access_token);
    assert.equal(await codeOf(await fetch(await client.request(ordersB, tokens.access_token, { nonce }))), 'ALLOW');
  });

  it('hands out tokens that an ordinary JWT library accepts without a word of DPoP', async () => {
    const keySet = createLocalJWKSet(await servers.authorizationServer.jwks());
    const expected = { issuer, audience: replicaA, currentDate: new Date(nowSeconds() * 1000) };
    const { payload } = await jwtVerify(tokens.access_token, keySet, expected);
    assert.equal(payload.sub, 'alice');
    assert.deepEqual(payload.cnf, { jkt: client.key.jkt });
  });

  it('lets fetch fail where the network is down, and answers 503 where the stores are', async () => {
    const request = await client.request(ordersA, tokens.access_token);
    await servers.trouble({ down: 'network' });
    assert.instanceOf(await fetch(request.clone()).catch((error: unknown) => error), TypeError);
    await servers.trouble({ down: 'stores' });
    assert.equal(await codeOf(await fetch(request)), 'verifier_unavailable');
  });

  it('shows each exchange with its decision, in the order of the answers', async () => {
    const stop = servers.observe((exchange) => void exchanges.push(exchange));
    await fetch(await client.request(ordersA, tokens.access_token));
    await fetch(await client.request(ordersB, tokens.access_token, { method: 'POST' }));
    stop();
    await client.fetchNonce(ordersA, tokens.access_token);
    const seen = exchanges.map(({ name, decision }) => [name, decision?.ok]);
    assert.deepEqual(seen, [[replicaA, false], [replicaA, true], [replicaB, false], [replicaB, true]]);
    assert.isTrue(exchanges[1]!.request.headers.has('DPoP'));
    assert.deepInclude(await exchanges[3]!.response.json(), { replica: replicaB, method: 'POST' });
  });
});
