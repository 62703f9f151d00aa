import { assert } from 'chai';
import { createKeybound, createSigner, type KeyboundOptions, type ProtectOptions, type Signer } from '../../src/index.ts';
import { api, newName, ok, readClaims, recorder, rejection } from './recorder.ts';

const make = (fetch: typeof globalThis.fetch, options: KeyboundOptions = {}) => createKeybound({ name: newName(), fetch, ...options });

async function protect(fetch: typeof globalThis.fetch, options: Partial<ProtectOptions> = {}) {
  const keybound = await make(fetch);
  return { keybound, send: keybound.protect({ origins: [api], accessToken: () => 'token', ...options }) };
}

describe('the send path', () => {
  it('ends after three retries, although other answers bring back a nonce that was refused', async () => {
    let count = 0;
    const sent: string[] = [];
    const { send } = await protect(async (input) => {
      const { url } = input as Request;
      await new Promise((resolve) => setImmediate(resolve));
      if (!url.endsWith('/never')) return ok('steady')();
      sent.push(url);
      const headers = { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"', 'DPoP-Nonce': `fresh${(count += 1)}` };
      return new Response('', { status: 401, headers });
    });
    for (let n = 0; n < 3; n += 1) await send(api);
    let isOver = false;
    const load = Array.from({ length: 20 }, async () => {
      while (!isOver) await send(api);
    });
    const { status } = await send(`${api}/never`, { method: 'POST', body: 'once' });
    isOver = true;
    await Promise.all(load);
    assert.equal(status, 401);
    assert.equal(sent.length, 4);
  });

  it('signs for the URL that it sends to, whatever accessToken does to the one that it is told', async () => {
    const server = recorder(ok());
    const { send } = await protect(server.fetch, {
      accessToken({ url }) {
        url.pathname = '/';
        url.host = 'evil.example';
        return 'token';
      },
    });
    await send(`${api}/orders`);
    assert.equal((await readClaims(server.requests))[0]!.htu, `${api}/orders`);
  });

  for (const wrong of [{ access_token: 'secret', token_type: 'DPoP' }, 5, 'secret\nX-Header: 1', { accessToken: 5 }, []]) {
    it(`sends nothing for what is no token (${JSON.stringify(wrong)}), and does not tell what it was`, async () => {
      const server = recorder(ok());
      const { send } = await protect(server.fetch, { accessToken: () => wrong as string });
      const error = await rejection(send(api));
      assert.instanceOf(error, TypeError);
      assert.notInclude(error.message, 'secret');
      assert.equal(server.requests.length, 0);
    });
  }

  it('sends nothing after destroy: no proof, no bare request, no Bearer', async () => {
    const server = recorder(ok());
    for (const options of [{}, { accessToken: () => undefined }, { origins: [], bearerOrigins: [api] }]) {
      const { keybound, send } = await protect(server.fetch, options);
      await keybound.destroy();
      assert.equal((await rejection(send(api))).code, 'destroyed');
    }
    assert.equal(server.requests.length, 0);
  });

  it('lets destroy end what waits for a token that never comes', async () => {
    const { keybound, send } = await protect(recorder(ok()).fetch, { accessToken: () => new Promise(() => {}) });
    const waiting = rejection(send(api));
    await keybound.destroy();
    assert.equal((await waiting).code, 'destroyed');
  });

  it('can be aborted while a signer hangs, and gives its place back', async () => {
    const real = await createSigner();
    let isHanging = true;
    const signer: Signer = { ...real, proof: (...request) => (isHanging ? new Promise(() => {}) : real.proof(...request)) };
    const keybound = await make(recorder(ok()).fetch, { signer });
    const send = keybound.protect({ origins: [api], accessToken: () => 'token' });
    const controller = new AbortController();
    const waiting = rejection(send(api, { signal: controller.signal }));
    controller.abort(new Error('enough'));
    assert.equal((await waiting).message, 'enough');
    isHanging = false;
    assert.equal((await send(api)).status, 200);
  });

  it('refuses a blob: URL, whose origin is that of whoever made it', async () => {
    const server = recorder(ok());
    const { send } = await protect(server.fetch);
    assert.equal((await rejection(send(`blob:${api}/0b9c7a5e-0000-4000-8000-000000000000`))).code, 'origin-refused');
    assert.equal(server.requests.length, 0);
  });

  it('signs no more after destroy, although the signer\'s reset throws at once', async () => {
    const real = await createSigner();
    const signer: Signer = {
      ...real,
      reset() {
        throw new Error('device gone');
      },
    };
    const keybound = await make(recorder(ok()).fetch, { signer });
    assert.equal((await rejection(keybound.destroy())).message, 'device gone');
    assert.equal((await rejection(keybound.proof({ method: 'GET', url: api }))).code, 'destroyed');
  });

  it('tells of each lost key once, and forgets the loss after the next login', async () => {
    const bound = (jkt: string) => ['e30', btoa(JSON.stringify({ cnf: { jkt } })), 'x'].join('.').replaceAll('=', '');
    let token = bound('one');
    const { keybound, send } = await protect(recorder(ok()).fetch, { accessToken: () => token });
    const lost: string[] = [];
    keybound.addEventListener('lost', ({ detail }) => lost.push(detail.expectedJkt));
    for (token of [bound('one'), bound('one'), bound('two')]) assert.equal((await rejection(send(api))).code, 'key-lost');
    assert.equal(keybound.keyState, 'lost');
    token = bound(keybound.jkt);
    assert.equal((await send(api)).status, 200);
    assert.equal(keybound.keyState, 'created');
    assert.deepEqual(lost, ['one', 'two']);
  });

  it('is not led astray by a token that was issued at no time that a clock can show', async () => {
    const token = ['e30', btoa('{"iat":1e999}'), 'x'].join('.').replaceAll('=', '');
    const server = recorder(() => Response.json({ access_token: token, token_type: 'DPoP' }));
    const keybound = await make(server.fetch, { authorizationServers: [api] });
    for (let n = 0; n < 2; n += 1) await keybound.fetch(`${api}/token`, { method: 'POST' });
    for (const { iat } of await readClaims(server.requests)) assert.closeTo(iat!, Date.now() / 1000, 60);
  });
});
