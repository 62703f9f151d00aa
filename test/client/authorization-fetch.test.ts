import { assert } from 'chai';
import { createKeybound, type Keybound, type KeyboundOptions } from '../../src/index.ts';
import { api, challenge, login, newName, ok, readClaims, readProof, recorder, rejection, tokenError } from './recorder.ts';

const token = `${login}/token`;

describe('keybound.fetch', () => {
  const made: Keybound[] = [];

  async function make(fetch: typeof globalThis.fetch, options: KeyboundOptions = {}): Promise<typeof globalThis.fetch> {
    const keybound = await createKeybound({ name: newName(), fetch, authorizationServers: [login], ...options });
    made.push(keybound);
    return keybound.fetch;
  }

  afterEach(() => {
    for (const keybound of made.splice(0)) keybound.close();
  });

  const grant = () => new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'r', client_id: 'shop' });

  it('proves possession on a token request: no token yet, hence no ath and no Authorization (RFC 9449 §5)', async () => {
    const server = recorder(ok());
    await (await make(server.fetch))(`${token}?a=b`, { method: 'POST', body: grant() });
    const [sent] = server.requests;
    const { claims } = await readProof(sent!.headers.get('DPoP')!);
    assert.deepInclude(claims, { htm: 'POST', htu: token });
    assert.notProperty(claims, 'ath');
    assert.isFalse(sent!.headers.has('Authorization'));
    assert.equal(await sent!.text(), grant().toString());
    assert.equal(sent!.redirect, 'manual');
  });

  it('knows a POST by init, by Request and in lower case', async () => {
    const server = recorder(ok());
    const fetch = await make(server.fetch);
    await fetch(token, { method: 'post' });
    await fetch(new Request(token, { method: 'POST', body: 'a=b' }));
    await fetch(new Request(token), { method: 'POST' });
    await fetch(new URL(token), { method: 'POST' });
    assert.deepEqual((await readClaims(server.requests)).map(({ htm }) => htm), ['POST', 'POST', 'POST', 'POST']);
  });

  it('obeys a nonce challenge: 400 use_dpop_nonce, then the whole body again under a new proof (RFC 9449 §8)', async () => {
    for (const body of [grant(), grant().toString(), new Blob([grant().toString()])]) {
      const server = recorder(tokenError('n1'), ok());
      const answer = await (await make(server.fetch))(token, { method: 'POST', body });
      assert.deepEqual(await answer.json(), { ok: true });
      const [first, second] = await readClaims(server.requests);
      assert.equal(second!.nonce, 'n1');
      assert.notEqual(first!.jti, second!.jti);
      for (const sent of server.requests) assert.equal(await sent.text(), grant().toString());
      assert.equal(server.requests.length, 2);
    }
  });

  for (const [error, status] of [['invalid_grant', 400], ['invalid_client', 401], ['invalid_dpop_proof', 400], ['use_dpop_nonce', 401], ['server_error', 500], ['invalid_token', 200]] as const) {
    it(`does not send a token request twice that is answered ${status} ${error}, though a nonce comes with it; the nonce is kept (RFC 9449 §8.2)`, async () => {
      const server = recorder(tokenError('n1', error, status));
      const fetch = await make(server.fetch);
      const answer = await fetch(token, { method: 'POST', body: grant() });
      assert.equal(answer.status, status);
      assert.deepEqual(await answer.json(), { error });
      assert.equal(server.requests.length, 1);
      await fetch(token, { method: 'POST', body: grant() });
      assert.equal((await readClaims(server.requests))[1]!.nonce, 'n1');
    });
  }

  it('gives up after three retries, with the challenge, whose body can still be read', async () => {
    const server = recorder((_, attempt) => tokenError(`n${attempt}`)());
    const answer = await (await make(server.fetch))(token, { method: 'POST', body: grant() });
    assert.deepEqual(await answer.json(), { error: 'use_dpop_nonce' });
    assert.equal(server.requests.length, 4);
  });

  for (const [scheme, method] of [['Bearer', 'GET'], ['DPoP', 'GET'], ['bearer', 'POST'], ['dpop', 'PUT'], ['Bearer ', 'HEAD']] as const) {
    it(`turns Authorization: ${scheme} on a ${method} request into DPoP with a proof over the token (RFC 9449 §7.1)`, async () => {
      const server = recorder(challenge('n1'), ok());
      const fetch = await make(server.fetch);
      const init = { method, headers: { Authorization: `${scheme} a-token` } };
      for (const call of [() => fetch(`${login}/userinfo`, init), () => fetch(new Request(`${login}/userinfo`, init))]) assert.equal((await call()).status, 200);
      assert.equal(server.requests.length, 3);
      for (const [index, { claims }] of (await Promise.all(server.requests.map(({ headers }) => readProof(headers.get('DPoP')!)))).entries()) {
        assert.equal(server.requests[index]!.headers.get('Authorization'), 'DPoP a-token');
        assert.equal(claims.ath, 'H2B246R7od7QgCX_4G5XryF8FPlAfzP7pQ-ZsccBk4c');
        assert.deepInclude(claims, { htm: method, htu: `${login}/userinfo` });
      }
    });
  }

  it('leaves Basic client authentication alone, beside the proof (RFC 6749 §2.3.1)', async () => {
    const server = recorder(ok());
    await (await make(server.fetch))(token, { method: 'POST', headers: { Authorization: 'Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3' }, body: grant() });
    const { headers } = server.requests[0]!;
    assert.equal(headers.get('Authorization'), 'Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3');
    assert.notProperty((await readProof(headers.get('DPoP')!)).claims, 'ath');
  });

  describe('passes on untouched, the very arguments and the very answer:', () => {
    const untouched: [string, () => RequestInfo | URL, RequestInit?][] = [
      ['metadata', () => `${login}/.well-known/oauth-authorization-server`],
      ['JWKS with a header', () => new URL(`${login}/jwks`), { headers: { Accept: 'application/json' } }],
      ['a GET with Basic', () => login, { headers: { Authorization: 'Basic eDp5' } }],
      ['a PUT without a token', () => login, { method: 'PUT', body: 'a' }],
      ['a scheme without a token', () => login, { headers: { Authorization: 'Bearer' } }],
      ['a POST to another origin', () => 'https://evil.example/token', { method: 'POST', body: 'a' }],
      ['a token for another origin', () => `${api}/a`, { headers: { Authorization: 'Bearer x' } }],
      ['a POST Request to another origin', () => new Request('https://login.example.com.evil.example/', { method: 'POST', body: 'a' })],
      ['another port', () => `${login}:8443/token`, { method: 'POST' }],
      ['plain http', () => 'http://login.example.com/token', { method: 'POST' }],
      ['redirect follow, with a DPoP header of its own', () => api, { redirect: 'follow', headers: { DPoP: 'a.b.c' } }],
      ['data', () => 'data:,a'],
    ];
    for (const [what, input, init] of untouched) {
      it(what, async () => {
        const calls: unknown[][] = [];
        const response = new Response();
        const fetch = await make(async (...passed) => {
          calls.push(passed);
          return response;
        });
        const given = input();
        assert.equal(await fetch(given, init), response);
        assert.equal(calls.length, 1);
        assert.strictEqual(calls[0]![0], given);
        assert.strictEqual(calls[0]![1], init);
        if (given instanceof Request) assert.isFalse(given.bodyUsed);
      });
    }
  });

  it('signs for nobody unless it is told for whom', async () => {
    const server = recorder(ok());
    await (await make(server.fetch, { authorizationServers: [] }))(token, { method: 'POST', body: grant() });
    assert.isFalse(server.requests[0]!.headers.has('DPoP'));
  });

  it('refuses a second proof, no-cors and redirects, where it signs', async () => {
    const server = recorder(() => new Response(null, { status: 302, headers: { Location: '/elsewhere' } }));
    const fetch = await make(server.fetch);
    assert.instanceOf(await rejection(fetch(token, { method: 'POST', headers: { DPoP: 'a.b.c' } })), TypeError);
    assert.instanceOf(await rejection(fetch(token, { method: 'POST', mode: 'no-cors' })), TypeError);
    assert.equal(server.requests.length, 0);
    assert.deepInclude(await rejection(fetch(token, { method: 'POST' })), { name: 'KeyboundError', code: 'redirected' });
  });

  it('rejects as fetch does, where the input is no URL', async () => {
    const fetch = await make(recorder().fetch);
    for (const input of ['https://', 'https://user:secret@login.example.com/']) assert.instanceOf(await rejection(fetch(input, { method: 'POST' })), TypeError, input);
  });

  it('looks the global fetch up when it is called, so that mocks and tracers that come later are heard', async () => {
    const keybound = await createKeybound({ name: newName(), authorizationServers: [login] });
    made.push(keybound);
    const original = globalThis.fetch;
    const server = recorder(ok());
    try {
      globalThis.fetch = server.fetch;
      await keybound.fetch(token, { method: 'POST' });
      await keybound.fetch(`${login}/jwks`);
    } finally {
      globalThis.fetch = original;
    }
    assert.deepEqual(server.requests.map(({ headers }) => headers.has('DPoP')), [true, false]);
  });

  it('signs for no origin off the list, whatever an object says of its URL', async () => {
    const server = recorder(ok());
    const fetch = await make(server.fetch);
    const two = { url: `${login}/token`, toString: () => 'https://evil.example/steal' } as Request;
    assert.deepInclude(await rejection(fetch(two, { method: 'POST' })), { name: 'KeyboundError', code: 'origin-refused' });
    assert.equal(server.requests.length, 0);
  });
});
