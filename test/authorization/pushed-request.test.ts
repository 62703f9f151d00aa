import { assert } from 'chai';
import { memoryGrantStorage, type Authenticate, type AuthorizationServerOptions } from '../../src/authorization-server.ts';
import { authorizationRequest as request, client, createLogin, type LoginServer } from '../support/login.ts';
import { assertRefused } from '../support/oauth.ts';
import type { ProofParts } from '../support/proofs.ts';

const alice: Authenticate = async () => ({ sub: 'alice' });

type Form = Record<string, string | undefined>;
interface Pushed {
  readonly request_uri: string;
  readonly expires_in: number;
}

async function createPushing(options: Partial<AuthorizationServerOptions> = {}) {
  const login = await createLogin({ authenticate: alice, ...options });
  const { pushedRequest: url, authorization } = login.server.endpoints;
  /** Pushes a request: a good one without a proof, but for what is bent. */
  const push = (form: Form = {}, headers: Record<string, string> = {}) => login.post(url, { ...request, ...form }, headers);
  const prove = (parts?: Partial<ProofParts>) => login.prove({ url, ...parts });
  const pushed = async (form?: Form, headers?: Record<string, string>) => ((await (await push(form, headers)).json()) as Pushed).request_uri;
  const visit = (form: Form) => {
    const known = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return login.server.fetch(new Request(`${authorization}?${new URLSearchParams(known)}`));
  };
  const come = (request_uri: string) => visit({ client_id: client.clientId, request_uri });
  return { ...login, push, pushed, prove, visit, come };
}

function answerOf(response: Response): Record<string, string> {
  assert.equal(response.status, 303);
  return Object.fromEntries(new URL(response.headers.get('Location')!).searchParams);
}

async function assertKeyOnly(login: LoginServer, code: string): Promise<void> {
  await assertRefused(await login.redeem(code, { proofParts: { key: login.thief } }), 400, 'invalid_grant');
  assert.equal((await login.redeem(code)).status, 200);
}

describe('pushed authorization requests (RFC 9126)', () => {
  it('are kept under a URI (§2.2), which the browser brings (§4)', async () => {
    const login = await createPushing();
    const response = await login.push();
    assert.equal(response.status, 201);
    assert.equal(response.headers.get('Cache-Control'), 'no-store');
    const { request_uri, expires_in } = (await response.json()) as Pushed;
    assert.equal(expires_in, 300);
    assert.match(request_uri, /^urn:ietf:params:oauth:request_uri:[\w-]{22}\.[\w-]{43}$/);
    const { code, ...answer } = answerOf(await login.come(request_uri));
    assert.deepEqual(answer, { state: request.state, iss: login.server.issuer });
    assert.deepInclude(await (await login.redeem(code!)).json(), { token_type: 'DPoP', scope: 'orders' });
  });

  it('are the whole request: what the browser brings beside counts for nothing', async () => {
    let asked: object = {};
    const login = await createPushing({ authenticate: async (_, { parameters }) => ((asked = parameters), { sub: 'alice' }) });
    const request_uri = await login.pushed({ login_hint: 'alice' });
    const beside = { scope: 'admin', redirect_uri: 'https://evil.example/', login_hint: 'mallory', state: 'other', dpop_jkt: login.thief.jkt };
    const { code, state } = answerOf(await login.visit({ client_id: client.clientId, request_uri, ...beside }));
    assert.equal(state, request.state);
    assert.deepInclude(asked, { login_hint: 'alice', scope: 'orders' });
    assert.deepInclude(await (await login.redeem(code!)).json(), { scope: 'orders' });
  });

  it('are good once (§4), a denial counts too', async () => {
    for (const authenticate of [alice, async () => undefined]) {
      const login = await createPushing({ authenticate });
      const request_uri = await login.pushed();
      assert.equal((await login.come(request_uri)).status, 303);
      await assertRefused(await login.come(request_uri), 400, 'invalid_request_uri');
    }
  });

  it('are good once, also where fifty log in at the same moment', async () => {
    let arrived = 0;
    let letIn = () => {};
    const gate = new Promise<void>((resolve) => (letIn = resolve));
    const authenticate: Authenticate = async () => {
      arrived += 1;
      if (arrived === 50) letIn();
      await gate;
      return { sub: 'alice' };
    };
    const login = await createPushing({ authenticate });
    const request_uri = await login.pushed();
    const answers = await Promise.all(Array.from({ length: 50 }, () => login.come(request_uri)));
    const [won, ...others] = answers.sort((one, other) => one.status - other.status);
    assert.isString(answerOf(won!).code);
    for (const answer of others) await assertRefused(answer, 400, 'invalid_request_uri');
  });

  it('survive the login page, and end with their time', async () => {
    let isLoggedIn = false;
    const login = await createPushing({ authenticate: async () => (isLoggedIn ? { sub: 'alice' } : new Response('Who are you?')) });
    const [used, forgotten] = [await login.pushed(), await login.pushed()];
    assert.equal((await login.come(used)).status, 200);
    login.clock.nowSeconds += 300;
    isLoggedIn = true;
    assert.equal((await login.come(used)).status, 303);
    login.clock.nowSeconds += 1;
    await assertRefused(await login.come(forgotten), 400, 'invalid_request_uri');
  });

  it('are the client\'s that pushed them (§2.2, §7.3)', async () => {
    const login = await createPushing();
    const request_uri = await login.pushed();
    for (const client_id of ['other', 'nobody', undefined]) {
      await assertRefused(await login.visit({ client_id, request_uri }), 400, 'invalid_request_uri');
    }
    assert.equal((await login.come(request_uri)).status, 303);
  });

  it('are named by no URI but ours: nothing is fetched, no code and no token passes for one', async () => {
    const login = await createPushing();
    const good = await login.pushed();
    const prefix = 'urn:ietf:params:oauth:request_uri:';
    const { refresh_token } = await login.logIn();
    const names = [
      'https://evil.example/request.jwt', prefix, `${prefix}made.up`, `${prefix}${await login.code()}`, `${prefix}${refresh_token}`,
      good.replace(/.$/, good.endsWith('A') ? 'B' : 'A'), good.replace(/\..*/, ''),
    ];
    for (const name of names) await assertRefused(await login.come(name), 400, 'invalid_request_uri');
    await assertRefused(await login.redeem(good.slice(prefix.length)), 400, 'invalid_grant');
    await assertRefused(await login.refresh(good.slice(prefix.length)), 400, 'invalid_grant');
    assert.equal((await login.come(good)).status, 303);
  });

  it('are checked when they are pushed (§2.1, §2.3)', async () => {
    const login = await createPushing();
    const rows: [Form, number, string][] = [
      [{ client_id: 'nobody' }, 401, 'invalid_client'],
      [{ client_id: undefined }, 401, 'invalid_client'],
      [{ redirect_uri: 'https://evil.example/' }, 400, 'invalid_request'],
      [{ redirect_uri: undefined }, 400, 'invalid_request'],
      [{ request_uri: await login.pushed() }, 400, 'invalid_request'],
      [{ request: 'a.b.c' }, 400, 'request_not_supported'],
      [{ response_type: 'token' }, 400, 'unsupported_response_type'],
      [{ code_challenge: undefined }, 400, 'invalid_request'],
      [{ code_challenge_method: 'plain' }, 400, 'invalid_request'],
      [{ dpop_jkt: 'short' }, 400, 'invalid_request'],
    ];
    for (const [form, status, error] of rows) await assertRefused(await login.push(form), status, error);
    assert.equal((await login.server.fetch(new Request(login.server.endpoints.pushedRequest))).status, 405);
  });

  it('may be demanded: then the browser cannot bring a request of its own (§5)', async () => {
    const login = await createPushing({ requirePushedRequests: true });
    const { code, error } = answerOf(await login.visit(request));
    assert.deepEqual([code, error], [undefined, 'invalid_request']);
    assert.isString(answerOf(await login.come(await login.pushed())).code);
    const metadata = (await (await login.server.fetch(new Request(login.server.endpoints.metadata))).json()) as object;
    assert.deepInclude(metadata, {
      pushed_authorization_request_endpoint: 'https://login.example.com/par', require_pushed_authorization_requests: true,
    });
  });

  it('are not served, nor demanded, where nobody logs in by the browser', async () => {
    const { server, post } = await createLogin();
    assert.equal((await post(server.endpoints.pushedRequest, request)).status, 404);
    const error = await createLogin({ requirePushedRequests: true }).catch((thrown: unknown) => thrown);
    assert.instanceOf(error, TypeError);
  });

  it('that are too large are refused: 413', async () => {
    const login = await createPushing();
    await assertRefused(await login.push({ scope: 'x'.repeat(8192) }), 413, 'invalid_request');
    assert.equal((await login.push({ scope: 'x'.repeat(7168) })).status, 201);
  });

  it('cannot fill the memory: 503 when it is full, and again room when they have expired', async () => {
    const clock = { nowSeconds: 1_800_000_000 };
    const nowSeconds = () => clock.nowSeconds;
    const login = await createPushing({ nowSeconds, storage: memoryGrantStorage({ nowSeconds, maxPushedRequests: 3 }) });
    for (let count = 0; count < 3; count += 1) assert.equal((await login.push()).status, 201);
    await assertRefused(await login.push(), 503, 'temporarily_unavailable');
    clock.nowSeconds += 302;
    assert.equal((await login.push()).status, 201);
  });

  it('that fill their room, which takes no login, keep nobody from logging in', async () => {
    const login = await createPushing({ storage: memoryGrantStorage({ maxEntries: 3, maxPushedRequests: 3 }) });
    const request_uri = await login.pushed();
    for (let count = 0; count < 2; count += 1) await login.push();
    assert.equal((await login.push()).status, 503);
    assert.isString(answerOf(await login.come(request_uri)).code, 'by a request that was pushed before');
    assert.isString(answerOf(await login.visit(request)).code, 'by one that the browser brings');
  });

  it('are answered with 503 where the storage is down, and the browser with an error', async () => {
    const down = () => Promise.reject(new Error('down'));
    const login = await createPushing({ storage: { get: down, put: down } });
    await assertRefused(await login.push(), 503, 'temporarily_unavailable');
    await assertRefused(await login.come('urn:ietf:params:oauth:request_uri:a.b'), 503, 'temporarily_unavailable');
  });
});

describe('pushed authorization requests with DPoP (RFC 9449 §10.1)', () => {
  it('name the key by dpop_jkt', async () => {
    const login = await createPushing();
    const { code } = answerOf(await login.come(await login.pushed({ dpop_jkt: login.alice.jkt })));
    await assertKeyOnly(login, code!);
  });

  it('name it by a proof', async () => {
    const login = await createPushing();
    const { code } = answerOf(await login.come(await login.pushed({}, { DPoP: await login.prove() })));
    await assertKeyOnly(login, code!);
  });

  it('name it by both', async () => {
    const login = await createPushing();
    const { code } = answerOf(await login.come(await login.pushed({ dpop_jkt: login.alice.jkt }, { DPoP: await login.prove() })));
    await assertKeyOnly(login, code!);
  });

  it('write no proof down that comes with no room for its request: nobody needs a login to send them', async () => {
    const claimed: string[] = [];
    const replayStore = { claim: async (key: string) => claimed.push(key) > 0 };
    const login = await createPushing({ replayStore, storage: memoryGrantStorage({ maxPushedRequests: 1 }) });
    assert.equal((await login.push({}, { DPoP: await login.prove() })).status, 201);
    for (let count = 0; count < 3; count += 1) assert.equal((await login.push({}, { DPoP: await login.prove() })).status, 503);
    assert.lengthOf(claimed, 1);
  });

  it('ask for a nonce where one is due (§8)', async () => {
    const login = await createPushing({ nonce: { policy: 'single-use' } });
    const challenge = await login.push({}, { DPoP: await login.prove() });
    const nonce = challenge.headers.get('DPoP-Nonce')!;
    await assertRefused(challenge, 400, 'use_dpop_nonce', 'bad_or_missing_nonce');
    const response = await login.push({}, { DPoP: await login.prove({ nonce }) });
    assert.equal(response.status, 201);
    assert.isString(response.headers.get('DPoP-Nonce'));
    await assertRefused(await login.push({}, { DPoP: await login.prove({ nonce }) }), 400, 'use_dpop_nonce');
  });
});
