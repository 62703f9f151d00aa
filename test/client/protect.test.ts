import { assert } from 'chai';
import {
  createKeybound, createSigner, type AttemptDetail, type Keybound, type KeyboundEventDetails, type KeyboundOptions, type ServerRole, type Signer,
} from '../../src/index.ts';
import { api, challenge, newName, ok, readClaims, readProof, recorder, rejection, tokenError, type Recorder } from './recorder.ts';

const accessToken = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU';
const ath = 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo';

describe('protect', () => {
  const made: Keybound[] = [];

  async function make(fetch: typeof globalThis.fetch, options: KeyboundOptions = {}): Promise<Keybound> {
    const keybound = await createKeybound({ name: newName(), fetch, ...options });
    made.push(keybound);
    return keybound;
  }

  async function protectWith(server: Recorder, origins: readonly string[] = [api]): Promise<typeof globalThis.fetch> {
    return (await make(server.fetch)).protect({ origins, accessToken: () => accessToken });
  }

  afterEach(() => {
    for (const keybound of made.splice(0)) keybound.close();
  });

  describe('sends', () => {
    it('the token as DPoP and a proof over it (RFC 9449 §7.1)', async () => {
      const server = recorder(ok());
      const fetch = await protectWith(server);
      await fetch(`${api}/orders?page=2#top`);
      const { headers } = server.requests[0]!;
      assert.equal(headers.get('Authorization'), `DPoP ${accessToken}`);
      const { claims } = await readProof(headers.get('DPoP')!);
      assert.deepInclude(claims, { htm: 'GET', htu: `${api}/orders`, ath });
      assert.notProperty(claims, 'nonce');
      assert.equal(server.requests.length, 1);
    });

    for (const [what, input] of [['a string', `${api}/a?b=c`], ['a URL', new URL(`${api}/a?b=c`)], ['a Request', new Request(`${api}/a?b=c`)]] as const) {
      it(`what it is given as ${what}`, async () => {
        const server = recorder(ok());
        await (await protectWith(server))(input);
        assert.equal(server.requests[0]!.url, `${api}/a?b=c`);
        assert.equal((await readClaims(server.requests))[0]!.htu, `${api}/a`);
      });
    }

    it('the method as fetch will send it: post is POST, patch stays patch (Fetch §2.2.1)', async () => {
      const server = recorder(ok());
      const fetch = await protectWith(server);
      for (const method of ['post', 'delete', 'patch', 'PATCH', 'Custom']) await fetch(api, { method });
      assert.deepEqual(server.requests.map(({ method }) => method), ['POST', 'DELETE', 'patch', 'PATCH', 'Custom']);
      assert.deepEqual((await readClaims(server.requests)).map(({ htm }) => htm), ['POST', 'DELETE', 'patch', 'PATCH', 'Custom']);
    });

    it('what init says rather than what the Request says, and the rest of the Request', async () => {
      const server = recorder(ok());
      const request = new Request(`${api}/a`, { method: 'POST', body: 'old', headers: { 'X-Old': '1' }, cache: 'no-store' });
      await (await protectWith(server))(request, { method: 'PUT', body: 'new', headers: { 'X-New': '2' } });
      const [sent] = server.requests;
      assert.equal(sent!.method, 'PUT');
      assert.equal(await sent!.text(), 'new');
      assert.equal(sent!.headers.get('X-New'), '2');
      assert.isNull(sent!.headers.get('X-Old'));
      assert.equal(sent!.cache, 'no-store');
      assert.equal((await readClaims(server.requests))[0]!.htm, 'PUT');
    });

    it('what fetch was told of referrer policy, credentials, cache, keepalive and integrity, by init as by Request', async () => {
      const settings = { referrerPolicy: 'no-referrer', credentials: 'include', cache: 'no-store', keepalive: true, integrity: 'sha256-AAAA' } as const;
      const server = recorder(challenge('n'), ok());
      const fetch = await protectWith(server);
      await fetch(api, settings);
      await fetch(new Request(api, settings));
      await fetch(new Request(api, settings), { headers: { 'X-New': '1' } });
      const plain = new Request(api, settings);
      // Fetch §5.4: any init at all makes a Request forget its referrer policy; in Firefox, that it is to be kept alive, too.
      const renewed = new Request(new Request(api, settings), { headers: { 'X-New': '1' } });
      assert.equal(server.requests.length, 4);
      for (const [index, request] of server.requests.entries()) {
        const told = index === 3 ? renewed : plain;
        for (const name of ['referrerPolicy', 'credentials', 'cache', 'keepalive', 'integrity'] as const) assert.equal(request[name], told[name], name);
        assert.equal(request.redirect, 'manual');
      }
    });

    it('headers in whatever form they come, and of its own two, no third: a nonce is a claim', async () => {
      const forms: Record<string, () => Parameters<typeof fetch>> = {
        'an object': () => [api, { headers: { 'X-New': '1' } }],
        'a list': () => [api, { headers: [['X-New', '1']] }],
        'Headers': () => [api, { headers: new Headers({ 'X-New': '1' }) }],
        'a Request': () => [new Request(api, { headers: { 'X-New': '1' } })],
        'Headers beside a Request': () => [new Request(api), { headers: new Headers({ 'X-New': '1' }) }],
      };
      for (const [form, call] of Object.entries(forms)) {
        const server = recorder(challenge('n1'), ok());
        await (await protectWith(server))(...call());
        for (const { headers } of server.requests) assert.sameMembers([...headers.keys()], ['authorization', 'dpop', 'x-new'], form);
      }
    });

    it('a GET, where init says everything but the method', async () => {
      const server = recorder(ok());
      await (await protectWith(server))(api, { headers: { 'X-New': '1' }, cache: 'no-store' });
      assert.equal((await readClaims(server.requests))[0]!.htm, 'GET');
    });

    it('nothing twice that no challenge asks for: not where the network has lost it, not where it is refused', async () => {
      const answers = [() => Promise.reject(new TypeError('Failed to fetch')), ok(undefined, 401), ok('n', 403), ok('n', 503)];
      for (const answer of answers) {
        for (const input of [api, `${api}/a/../b`, new URL(api)]) {
          const server = recorder(answer);
          await (await protectWith(server))(input).catch(() => {});
          assert.equal(server.requests.length, 1);
        }
      }
    });

    it('all of an init whose members are not its own, as a Request is one', async () => {
      const server = recorder(ok());
      const init = new Proxy({ method: 'PUT', body: 'whole', headers: { 'X-New': '1' } }, { ownKeys: () => [] });
      await (await protectWith(server))(api, init);
      const [sent] = server.requests;
      assert.equal(sent!.method, 'PUT');
      assert.equal(sent!.headers.get('X-New'), '1');
      assert.equal(await sent!.text(), 'whole');
    });

    for (const [method, init] of [['GET', undefined], ['HEAD', { method: 'HEAD' }], ['POST', { method: 'POST', body: 'text' }], ['DELETE', { method: 'DELETE' }]] as const) {
      it(`each attempt as a Request of its own: what was sent with ${method} is not changed by what follows`, async () => {
        const sent: Request[] = [];
        const answers = [challenge('n1'), () => new Response('', { status: 401, headers: { 'WWW-Authenticate': 'DPoP error="invalid_token"' } }), ok()];
        const tokens = ['first', 'first', 'second'];
        const keybound = await make(async (request) => {
          sent.push(request as Request);
          return answers[sent.length - 1]!();
        });
        const fetch = keybound.protect({ origins: [api], accessToken: () => tokens[0], refresh: async () => tokens.splice(0, 2) });
        assert.equal((await fetch(`${api}/a`, init)).status, 200);
        assert.equal(new Set(sent).size, 3);
        assert.deepEqual(sent.map(({ headers }) => headers.get('Authorization')), ['DPoP first', 'DPoP first', 'DPoP second']);
        assert.deepEqual((await readClaims(sent)).map(({ nonce, htm }) => `${htm} ${nonce}`), [undefined, 'n1', 'n1'].map((nonce) => `${method} ${nonce}`));
      });
    }

    it('redirect manual, whatever it is told: a followed redirect carries the proof to another URL', async () => {
      const server = recorder(ok());
      const fetch = await protectWith(server);
      await fetch(api, { redirect: 'follow' });
      await fetch(new Request(api, { redirect: 'error' }));
      assert.deepEqual(server.requests.map(({ redirect }) => redirect), ['manual', 'manual']);
    });

    it('to loopback over http', async () => {
      const origins = ['http://localhost:8090', 'http://127.0.0.1:1', 'http://[::1]:1', 'http://app.localhost'];
      const server = recorder(ok());
      const fetch = await protectWith(server, origins);
      for (const origin of origins) await fetch(`${origin}/a`);
      assert.deepEqual((await readClaims(server.requests)).map(({ htu }) => htu), origins.map((origin) => `${origin}/a`));
    });

    it('the token that is there now: it is asked for at each request, with the URL', async () => {
      const server = recorder(ok());
      const tokens = ['first', 'second'];
      const asked: string[] = [];
      const fetch = (await make(server.fetch)).protect({
        origins: [api],
        accessToken: async ({ url }) => {
          asked.push(url.href);
          return tokens.shift();
        },
      });
      await fetch(`${api}/a?b`);
      await fetch(`${api}/c`);
      assert.deepEqual(asked, [`${api}/a?b`, `${api}/c`]);
      assert.deepEqual(server.requests.map(({ headers }) => headers.get('Authorization')), ['DPoP first', 'DPoP second']);
    });

    for (const token of [undefined, '', { accessToken: '' }]) {
      it(`a bare request where the token is ${JSON.stringify(token) ?? 'undefined'}: neither proof nor Authorization`, async () => {
        const server = recorder(ok());
        const fetch = (await make(server.fetch)).protect({ origins: [api], accessToken: () => token });
        const response = await fetch(`${api}/a`, { method: 'POST', body: 'text' });
        const [sent] = server.requests;
        assert.isFalse(sent!.headers.has('DPoP') || sent!.headers.has('Authorization'));
        assert.equal(await sent!.text(), 'text');
        assert.equal(sent!.redirect, 'manual');
        assert.deepEqual(await response.json(), { ok: true });
      });
    }

    for (const tokenType of ['DPoP', 'dpop', undefined]) {
      it(`a token of type ${tokenType} (RFC 9449 §5)`, async () => {
        const server = recorder(ok());
        const token = { accessToken, ...(tokenType && { tokenType }), expiresAtSeconds: 1 };
        await (await make(server.fetch)).protect({ origins: [api], accessToken: () => token })(api);
        assert.equal(server.requests[0]!.headers.get('Authorization'), `DPoP ${accessToken}`);
      });
    }
  });

  describe('refuses', () => {
    async function countingSigner() {
      const signer = await createSigner();
      const counting = { ...signer, proofs: 0 };
      counting.proof = (...request) => {
        counting.proofs += 1;
        return signer.proof(...request);
      };
      return counting;
    }

    const elsewhere = [
      'https://evil.example/', 'http://api.example.com/', 'https://api.example.com:8443/', 'https://api.example.com.evil.example/', 'https://evil.example/https://api.example.com/',
      'https://sub.api.example.com/', 'https://api.example.com./', 'https://evilapi.example.com/', 'data:,a', '//evil.example/',
    ];
    for (const url of elsewhere) {
      it(`${url}: nothing is signed, nothing is sent, no token is asked for`, async () => {
        const server = recorder(ok());
        const signer = await countingSigner();
        const keybound = await make(server.fetch, { signer });
        let asked = 0;
        const fetch = keybound.protect({ origins: [api], accessToken: () => `${(asked += 1)}` });
        const refused: KeyboundEventDetails['refused'][] = [];
        keybound.addEventListener('refused', ({ detail }) => refused.push(detail));
        const error = await rejection(fetch(url.startsWith('//') && !globalThis.document ? `https:${url}` : url));
        assert.deepInclude(error, { name: 'KeyboundError', code: 'origin-refused' });
        assert.deepEqual([signer.proofs, server.requests.length, asked], [0, 0, 0]);
        assert.hasAllKeys(refused[0], ['origin', 'reason']);
        assert.equal(refused[0]!.reason, 'origin');
        assert.equal(refused.length, 1);
        await fetch(api);
        assert.deepEqual([signer.proofs, server.requests.length, asked], [1, 1, 1], 'the counters count');
      });
    }

    const malformed = [
      'https://api.example.com/', 'https://api.example.com/orders', 'https://api.example.com:443', 'https://api.example.com?', 'https://api.example.com#', 'https://user@api.example.com',
      'HTTPS://api.example.com', 'https://API.example.com', ' https://api.example.com', 'http://api.example.com', 'http://localhost.evil.example', 'http://127.0.0.1.evil.example',
      'http://notlocalhost', 'http://10.0.0.1', 'http://0.0.0.0', 'http://localhost:80', 'https://*.example.com', 'https://*', '*', 'null', '', 'api.example.com', 'wss://api.example.com', 'file:///',
      'blob:https://api.example.com', 'https://bücher.example', 'javascript:0',
    ];
    for (const origin of malformed) {
      it(`${JSON.stringify(origin)} on a list: only bare https origins (loopback may be http) are`, async () => {
        const keybound = await make(recorder().fetch);
        assert.throws(() => keybound.protect({ origins: [api, origin], accessToken: () => undefined }), TypeError);
        assert.instanceOf(await rejection(createKeybound({ name: newName(), authorizationServers: [origin] })), TypeError);
      });
    }

    it('a list that is none', async () => {
      const keybound = await make(recorder().fetch);
      for (const origins of [undefined, null, 5, api]) {
        assert.throws(() => keybound.protect({ origins: origins as unknown as string[], accessToken: () => undefined }), TypeError);
      }
    });

    it('a list that grows after it was read', async () => {
      const server = recorder();
      const origins = [api];
      const fetch = await protectWith(server, origins);
      origins.push('https://evil.example');
      assert.equal((await rejection(fetch('https://evil.example/'))).code, 'origin-refused');
    });

    for (const [name, value] of [['DPoP', 'a.b.c'], ['dpop', 'a.b.c'], ['Authorization', 'Bearer x'], ['authorization', 'DPoP x']]) {
      it(`a ${name} header of the caller's own: it would be a second one`, async () => {
        const server = recorder();
        const fetch = await protectWith(server);
        for (const call of [fetch(api, { headers: { [name!]: value! } }), fetch(new Request(api, { headers: { [name!]: value! } }))]) {
          assert.instanceOf(await rejection(call), TypeError);
        }
        assert.equal(server.requests.length, 0);
      });
    }

    it('no-cors, which would drop the headers silently', async () => {
      const server = recorder();
      const fetch = await protectWith(server);
      for (const call of [fetch(api, { mode: 'no-cors' }), fetch(new Request(api, { mode: 'no-cors' }))]) assert.instanceOf(await rejection(call), TypeError);
      assert.equal(server.requests.length, 0);
    });

    for (const tokenType of ['Bearer', 'bearer', 'DPoP2', '', 'N_A']) {
      it(`a token of type ${JSON.stringify(tokenType)}: it is bound to nothing (RFC 9449 §5)`, async () => {
        const server = recorder();
        const fetch = (await make(server.fetch)).protect({ origins: [api], accessToken: () => ({ accessToken, tokenType }) });
        assert.deepInclude(await rejection(fetch(api)), { name: 'KeyboundError', code: 'token-type' });
        assert.equal(server.requests.length, 0);
      });
    }

    for (const status of [301, 302, 303, 307, 308]) {
      it(`to follow a redirect ${status}: KeyboundError redirected, with a token and without`, async () => {
        for (const token of [accessToken, undefined]) {
          const server = recorder(() => new Response(null, { status, headers: { Location: 'https://evil.example/' } }));
          const fetch = (await make(server.fetch)).protect({ origins: [api], accessToken: () => token });
          assert.deepInclude(await rejection(fetch(api)), { name: 'KeyboundError', code: 'redirected' });
          assert.equal(server.requests.length, 1);
        }
      });
    }

    it('to follow a redirect as browsers show it: opaque, status 0', async () => {
      const server = recorder(() => Object.defineProperties(new Response(), { type: { value: 'opaqueredirect' }, status: { value: 0 } }));
      assert.equal((await rejection((await protectWith(server))(api))).code, 'redirected');
    });

    it("nothing that is no redirect: 304 and 300 are the caller's", async () => {
      for (const status of [304, 300]) {
        const server = recorder(() => new Response(null, { status }));
        assert.equal((await (await protectWith(server))(api)).status, status);
      }
    });

    it('nothing else: what accessToken throws, and what the network throws, is passed on', async () => {
      const error = new Error('no token');
      const keybound = await make(() => Promise.reject(error));
      const fails = () => {
        throw error;
      };
      assert.equal(await rejection(keybound.protect({ origins: [api], accessToken: fails })(api)), error);
      assert.equal(await rejection(keybound.protect({ origins: [api], accessToken: () => accessToken })(api)), error);
    });
  });

  describe('returns', () => {
    for (const status of [200, 204, 401, 403, 404, 500, 503]) {
      it(`the very Response, whatever its status: ${status}`, async () => {
        const response = new Response(status === 204 ? null : 'body', { status });
        const answer = await (await protectWith(recorder(() => response)))(api);
        assert.equal(answer, response);
        assert.isFalse(answer.bodyUsed);
        assert.equal(await answer.text(), status === 204 ? '' : 'body');
      });
    }

    it('a body that nobody has read or cloned: an unread copy would hold all of it in memory', async () => {
      for (const status of [200, 401, 403]) {
        const response = new Response('body', { status, headers: { 'WWW-Authenticate': 'DPoP error="insufficient_scope"' } });
        let clones = 0;
        response.clone = () => {
          clones += 1;
          return response;
        };
        const { body } = response;
        assert.isFalse((await (await protectWith(recorder(() => response)))(api)).bodyUsed);
        assert.deepEqual([clones, response.body, body!.locked], [0, body, false]);
      }
    });

    for (const header of [undefined, 'DPoP error="invalid_token"', 'Bearer error="use_dpop_nonce"', 'Bearer realm="DPoP error=\\"use_dpop_nonce\\""', 'DPoP algs="ES256"']) {
      it(`a 401 untouched that demands no nonce, though it carries one: ${header ?? 'no challenge'}`, async () => {
        const server = recorder(() => new Response('denied', { status: 401, headers: { 'DPoP-Nonce': 'n', ...(header && { 'WWW-Authenticate': header }) } }));
        const answer = await (await protectWith(server))(api);
        assert.equal(await answer.text(), 'denied');
        assert.equal(server.requests.length, 1);
      });
    }

    it('the challenge, where it brings no nonce that can be sent (RFC 9449 §8.1)', async () => {
      for (const nonce of ['', 'a b', 'a, b', 'a"b']) {
        const server = recorder(challenge(nonce));
        assert.equal((await (await protectWith(server))(api)).status, 401);
        assert.equal(server.requests.length, 1, nonce);
      }
    });
  });

  describe('and nonces', () => {
    const noncesOf = async ({ requests }: Recorder) => (await readClaims(requests)).map(({ nonce }) => nonce);

    it('from a challenge go into the second attempt, whose proof is a new one (RFC 9449 §7.3, §9)', async () => {
      const server = recorder(challenge('n1'), ok());
      const answer = await (await protectWith(server))(`${api}/a`);
      assert.deepEqual(await answer.json(), { ok: true });
      const [first, second] = await readClaims(server.requests);
      assert.notEqual(first!.jti, second!.jti);
      assert.deepInclude(second, { nonce: 'n1', htm: 'GET', htu: `${api}/a`, ath });
      assert.equal(server.requests.length, 2);
    });

    it('are found in one header beside a Bearer challenge', async () => {
      const server = recorder(challenge('n1', 'Bearer realm="a, b", error="invalid_token", DPoP error="use_dpop_nonce", algs="ES256"'), ok());
      assert.equal((await (await protectWith(server))(api)).status, 200);
      assert.deepEqual(await noncesOf(server), [undefined, 'n1']);
    });

    it('are learned from any answer, 200 or error, and the newest is used (RFC 9449 §8.2)', async () => {
      const server = recorder(ok('n1'), ok(), ok('n3'), ok('n4', 500), ok('not one'), ok());
      const fetch = await protectWith(server);
      for (let request = 0; request < 6; request += 1) await fetch(api);
      assert.deepEqual(await noncesOf(server), [undefined, 'n1', 'n1', 'n3', 'n4', 'n4']);
    });

    it('that rotate at each answer cost no retry: five requests are five', async () => {
      const server = recorder(challenge('n0'), (_, attempt) => ok(`n${attempt}`)());
      const fetch = await protectWith(server);
      for (let request = 0; request < 5; request += 1) await fetch(`${api}/${request}`);
      assert.equal(server.requests.length, 6);
    });

    it('are kept for each origin', async () => {
      const other = 'https://other.example.com';
      const server = recorder((request) => ok(new URL(request.url).hostname)());
      const fetch = await protectWith(server, [api, other]);
      for (const origin of [api, other, api, other]) await fetch(`${origin}/a`);
      assert.deepEqual(await noncesOf(server), [undefined, undefined, 'api.example.com', 'other.example.com']);
    });

    it('are shared by all fetches of one Keybound', async () => {
      const server = recorder(ok('n1'));
      const keybound = await make(server.fetch);
      for (const path of ['/a', '/b']) await keybound.protect({ origins: [api], accessToken: () => accessToken })(api + path);
      assert.deepEqual(await noncesOf(server), [undefined, 'n1']);
    });

    it('of one origin are never mixed between its roles as authorization server and as resource server (RFC 9449 §9)', async () => {
      const server = recorder((request) => (request.headers.has('Authorization') ? ok('RS')() : tokenError('AS', 'invalid_grant')()));
      const keybound = await make(server.fetch, { authorizationServers: [api] });
      const fetch = keybound.protect({ origins: [api], accessToken: () => accessToken });
      for (let round = 0; round < 2; round += 1) {
        await keybound.fetch(`${api}/token`, { method: 'POST', body: 'a=b' });
        await fetch(`${api}/userinfo`);
      }
      assert.deepEqual(await noncesOf(server), [undefined, undefined, 'AS', 'RS']);
    });

    it('that are never good end after three retries, with the challenge itself, body and all', async () => {
      const server = recorder((_, attempt) => challenge(`n${attempt}`)());
      const answer = await (await protectWith(server))(api);
      assert.equal(answer.status, 401);
      assert.deepEqual(await answer.json(), { challenge: true });
      assert.deepEqual(await noncesOf(server), [undefined, 'n1', 'n2', 'n3']);
      assert.equal(new Set((await readClaims(server.requests)).map(({ jti }) => jti)).size, 4);
    });

    it('that repeat cost one retry, and none the next time', async () => {
      const server = recorder(challenge('same'));
      const fetch = await protectWith(server);
      assert.equal((await fetch(api)).status, 401);
      assert.equal(server.requests.length, 2);
      await fetch(api);
      assert.equal(server.requests.length, 3);
    });

    it('that alternate are tried once each', async () => {
      const server = recorder((_, attempt) => challenge(attempt % 2 ? 'a' : 'b')());
      await (await protectWith(server))(api);
      assert.deepEqual(await noncesOf(server), [undefined, 'a', 'b']);
    });

    const bytes = Uint8Array.from({ length: 3000 }, (_, index) => index % 251);
    const bodies: Record<string, () => RequestInit['body']> = {
      'a string': () => 'text ä',
      'an ArrayBuffer': () => bytes.buffer.slice(0),
      'a typed array': () => bytes.slice(),
      'a Blob': () => new Blob([bytes], { type: 'image/png' }),
      'URLSearchParams': () => new URLSearchParams({ a: 'b c', d: 'ä' }),
    };
    for (const [kind, body] of Object.entries(bodies)) {
      it(`come with the whole body again: ${kind}`, async () => {
        const given: (() => Parameters<typeof fetch>)[] = [() => [api, { method: 'POST', body: body()! }], () => [new Request(api, { method: 'POST', body: body()! })]];
        for (const call of given) {
          const server = recorder(challenge('n1'), challenge('n2'), ok());
          await (await protectWith(server))(...call());
          const expected = new Request(api, { method: 'POST', body: body()! });
          const content = [...new Uint8Array(await expected.arrayBuffer())];
          assert.isAbove(content.length, 0);
          assert.equal(server.requests.length, 3);
          for (const sent of server.requests) {
            assert.equal(sent.headers.get('Content-Type'), expected.headers.get('Content-Type'));
            assert.deepEqual([...new Uint8Array(await sent.arrayBuffer())], content);
          }
        }
      });
    }

    it('come with the whole body again: FormData', async () => {
      const form = new FormData();
      form.append('name', 'ä"');
      const server = recorder(challenge('n1'), ok());
      await (await protectWith(server))(api, { method: 'POST', body: form });
      assert.equal(server.requests.length, 2);
      for (const sent of server.requests) assert.deepEqual([...(await sent.formData())], [['name', 'ä"']]);
    });

    it('come with the whole body again: FormData with a file', async () => {
      const form = new FormData();
      form.append('file', new Blob([bytes], { type: 'image/png' }), 'a.png');
      const server = recorder(challenge('n1'), ok());
      await (await protectWith(server))(api, { method: 'POST', body: form });
      assert.equal(server.requests.length, 2);
      const [first, second] = server.requests.map(({ headers }) => headers.get('Content-Type'));
      assert.match(first!, /^multipart\/form-data; *boundary=./);
      assert.equal(second, first);
      // WebKitGTK sends a file in a form, but lets nobody read it out of the Request.
      const isReadable = await new Request(api, { method: 'POST', body: form }).formData().then(() => true, () => false);
      for (const sent of isReadable ? server.requests : []) {
        const file = (await sent.formData()).get('file') as File;
        assert.deepEqual(new Uint8Array(await file.arrayBuffer()), bytes);
      }
    });

    it('do not wait for the body of the challenge, and a body that cannot be cancelled fails nothing', async () => {
      let cancelled = 0;
      const stubborn = () =>
        new Response(
          new ReadableStream({
            cancel() {
              cancelled += 1;
              throw new Error('will not stop');
            },
          }),
          { status: 401, headers: { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"', 'DPoP-Nonce': 'n1' } },
        );
      const answer = await (await protectWith(recorder(stubborn, ok())))(api);
      assert.equal(answer.status, 200);
      assert.equal(cancelled, 1);
      // A promise that fails unseen fails the test that is running: give it the time to.
      await new Promise((resolve) => setTimeout(resolve));
    });

    it('leave parallel requests alone: each gets its own answer', async () => {
      const server = recorder(challenge('n1'), (request) => new Response(new URL(request.url).pathname));
      const fetch = await protectWith(server);
      const paths = ['/0', '/1', '/2', '/3', '/4'];
      assert.deepEqual(await Promise.all(paths.map(async (path) => (await fetch(api + path)).text())), paths);
      assert.equal(server.requests.length, 6);
      assert.equal(new Set((await readClaims(server.requests)).map(({ jti }) => jti)).size, 6);
    });
  });

  it('fails a request alone whose proof cannot be made: those behind it go on, and nothing hangs', async () => {
    const own = await createSigner();
    const error = new Error('the device is gone');
    let asked = 0;
    const signer: Signer = { ...own, proof: (...request) => ((asked += 1) === 1 ? Promise.reject(error) : own.proof(...request)) };
    const server = recorder(ok());
    const fetch = (await make(server.fetch, { signer })).protect({ origins: [api], accessToken: () => accessToken });
    const [first, ...others] = [rejection(fetch(api)), fetch(api), fetch(api)];
    assert.equal(await first, error);
    assert.deepEqual((await Promise.all(others)).map((answer) => answer.status), [200, 200]);
    assert.equal(server.requests.length, 2);
  });

  describe('and the caller who aborts', () => {
    it('before: nothing is sent', async () => {
      const fetch = (await make(globalThis.fetch)).protect({ origins: [api], accessToken: () => accessToken });
      assert.equal((await rejection(fetch(api, { signal: AbortSignal.abort() }))).name, 'AbortError');
    });

    it('during: the request that is under way hears of it, in the first attempt and in the second, by init as by Request', async () => {
      for (const answers of [[], [challenge('n1')]]) {
        const calls: ((signal: AbortSignal) => Parameters<typeof fetch>)[] = [(signal) => [api, { signal }], (signal) => [new Request(api, { signal })]];
        for (const call of calls) {
          const controller = new AbortController();
          const hangs = ({ signal }: Request) =>
            new Promise<Response>((_, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason as Error));
              controller.abort();
            });
          const protectedFetch = await protectWith(recorder(...answers, hangs));
          assert.equal((await rejection(protectedFetch(...call(controller.signal)))).name, 'AbortError');
        }
      }
    });

    it('is heard by the signer, too', async () => {
      const own = await createSigner();
      let heard: AbortSignal | undefined;
      const signer: Signer = {
        ...own,
        proof(request, options) {
          heard = options?.signal;
          return own.proof(request);
        },
      };
      const controller = new AbortController();
      await (await make(recorder(ok()).fetch, { signer })).protect({ origins: [api], accessToken: () => accessToken })(api, { signal: controller.signal });
      assert.isFalse(heard!.aborted);
      controller.abort();
      assert.isTrue(heard!.aborted);
    });
  });

  describe('tells listeners', () => {
    it('of each attempt, challenge and retry, in order, without tokens, proofs, nonces, queries and fragments', async () => {
      const server = recorder(challenge('secret-nonce'), ok());
      const keybound = await make(server.fetch);
      const told: [string, unknown][] = [];
      for (const type of ['proof', 'challenge', 'retry', 'refused', 'rotated', 'lost', 'destroyed'] as const) {
        keybound.addEventListener(type, (event) => {
          assert.instanceOf(event, CustomEvent);
          told.push([event.type, event.detail]);
        });
      }
      await keybound.protect({ origins: [api], accessToken: () => accessToken })(`${api}/a?secret-query#secret-fragment`, { method: 'post' });
      const role: ServerRole = 'RS';
      const about: Omit<AttemptDetail, 'attempt'> = { method: 'POST', url: `${api}/a`, role };
      assert.deepEqual(told, [
        ['proof', { ...about, attempt: 1 }],
        ['challenge', { ...about, attempt: 1, readable: ['DPoP-Nonce', 'WWW-Authenticate'], error: 'use_dpop_nonce', params: { error: 'use_dpop_nonce' } }],
        ['retry', { ...about, attempt: 1, reason: 'nonce' }],
        ['proof', { ...about, attempt: 2 }],
      ]);
      const text = JSON.stringify(told);
      for (const secret of ['secret', accessToken, ath, ...server.requests.map(({ headers }) => headers.get('DPoP')!)]) assert.notInclude(text, secret);
    });

    it('that they were told no more once they have gone', async () => {
      const keybound = await make(recorder(ok()).fetch);
      let told = 0;
      const listener = () => {
        told += 1;
      };
      const fetch = keybound.protect({ origins: [api], accessToken: () => accessToken });
      keybound.addEventListener('proof', listener);
      await fetch(api);
      keybound.removeEventListener('proof', listener);
      await fetch(api);
      assert.equal(told, 1);
    });
  });
});
