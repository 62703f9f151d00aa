import { assert } from 'chai';
import { createKeybound, type Keybound, type KeyboundEventDetails, type KeyboundOptions } from '../../src/index.ts';
import { api, challenge, jwt, login, newName, ok, readProof, recorder, rejection } from './recorder.ts';

const legacy = 'https://legacy.example.com';

const refused = (wwwAuthenticate = 'DPoP error="invalid_token"', status = 401) => () =>
  new Response('refused', { status, headers: { 'WWW-Authenticate': wwwAuthenticate } });

/** Answers 401 invalid_token to all tokens but one. */
const takes = (good: string) => recorder(({ headers }) => (headers.get('Authorization')!.endsWith(` ${good}`) ? ok()() : refused()()));

describe('the access token', () => {
  const made: Keybound[] = [];

  async function make(fetch: typeof globalThis.fetch, options: KeyboundOptions = {}): Promise<Keybound> {
    const keybound = await createKeybound({ name: newName(), fetch, ...options });
    made.push(keybound);
    return keybound;
  }

  /** What a keybound tells of refreshes, as they come. */
  function listen(keybound: Keybound): boolean[] {
    const told: boolean[] = [];
    keybound.addEventListener('refresh', ({ detail }) => told.push(detail.ok));
    return told;
  }

  /** An app whose tokens are `t0`, `t1` and so on: each refresh gives the next. */
  function app(renew: () => unknown = () => undefined) {
    const counts = { refreshes: 0 };
    return {
      counts,
      options: {
        origins: [api],
        accessToken: () => `t${counts.refreshes}`,
        refresh: async () => {
          await renew();
          counts.refreshes += 1;
        },
      },
    };
  }

  const authorizations = ({ requests }: { readonly requests: readonly Request[] }) => requests.map(({ headers }) => headers.get('Authorization'));

  afterEach(() => {
    for (const keybound of made.splice(0)) keybound.close();
  });

  describe('that is refused', () => {
    it('is renewed, and the request is sent again once, whole, with a proof over the new one (RFC 6750 §3.1)', async () => {
      const server = takes('t1');
      const { options, counts } = app();
      const keybound = await make(server.fetch);
      const told = listen(keybound);
      const answer = await keybound.protect(options)(`${api}/orders`, { method: 'POST', body: 'whole' });
      assert.equal(answer.status, 200);
      assert.equal(counts.refreshes, 1);
      assert.deepEqual(authorizations(server), ['DPoP t0', 'DPoP t1']);
      assert.deepEqual(await Promise.all(server.requests.map((request) => request.text())), ['whole', 'whole']);
      const [before, after] = await Promise.all(server.requests.map(({ headers }) => readProof(headers.get('DPoP')!)));
      assert.notEqual(before!.claims.ath, after!.claims.ath);
      assert.notEqual(before!.claims.jti, after!.claims.jti);
      assert.deepEqual(told, [true]);
    });

    it('is renewed once for 100 that wait', async () => {
      const server = takes('t1');
      const { options, counts } = app(() => new Promise((resolve) => setTimeout(resolve)));
      const fetch = (await make(server.fetch)).protect(options);
      const answers = await Promise.all(Array.from({ length: 100 }, () => fetch(api)));
      assert.isTrue(answers.every(({ status }) => status === 200));
      assert.equal(counts.refreshes, 1);
    });

    it('is not renewed where another tab has done it: the app is asked again first, so that no refresh token is used twice', async () => {
      const server = takes('of another tab');
      let token = 't0';
      let refreshes = 0;
      const fetch = (await make(recorder((request) => {
        token = 'of another tab';
        return server.fetch(request);
      }).fetch)).protect({ origins: [api], accessToken: () => token, refresh: async () => (refreshes += 1) });
      assert.equal((await fetch(api)).status, 200);
      assert.equal(refreshes, 0);
    });

    it('and whose successor is refused, too, is renewed once: no loop', async () => {
      const server = takes('none that there is');
      const { options, counts } = app();
      const answer = await (await make(server.fetch)).protect(options)(api);
      assert.equal(await answer.text(), 'refused');
      assert.deepEqual([counts.refreshes, server.requests.length], [1, 2]);
    });

    it('comes back as a 401 where nothing renews it, or where that gives the same one', async () => {
      for (const refresh of [undefined, async () => {}]) {
        const server = takes('another');
        const answer = await (await make(server.fetch)).protect({ origins: [api], accessToken: () => 'old', ...(refresh && { refresh }) })(api);
        assert.equal(await answer.text(), 'refused');
        assert.equal(server.requests.length, 1);
      }
    });

    for (const [how, fails] of [
      ['rejects', () => Promise.reject(new Error('no network'))],
      ['throws', () => { throw new Error('no network'); }],
    ] as const) {
      it(`comes back as a 401 where its renewal ${how}: an event says so, and the next request tries again`, async () => {
        const server = takes('t1');
        let works = false;
        let token = 't0';
        const refresh = async () => (works ? (token = 't1') : fails());
        const keybound = await make(server.fetch);
        const told = listen(keybound);
        const fetch = keybound.protect({ origins: [api], accessToken: () => token, refresh: how === 'throws' ? () => (works ? refresh() : fails()) : refresh });
        const answer = await fetch(api);
        assert.equal(answer.status, 401);
        assert.equal(await answer.text(), 'refused');
        works = true;
        assert.equal((await fetch(api)).status, 200);
        assert.deepEqual(told, [false, true]);
      });
    }

    it('after a challenge is renewed, and the nonce is kept', async () => {
      const server = recorder(challenge('n1'), refused(), ok());
      const { options } = app();
      assert.equal((await (await make(server.fetch)).protect(options)(api)).status, 200);
      assert.deepEqual(authorizations(server), ['DPoP t0', 'DPoP t0', 'DPoP t1']);
      const proofs = await Promise.all(server.requests.map(({ headers }) => readProof(headers.get('DPoP')!)));
      assert.deepEqual(proofs.map(({ claims }) => claims.nonce), [undefined, 'n1', 'n1']);
    });

    it('in the name of Bearer is renewed all the same', async () => {
      const server = recorder(refused('Bearer realm="a", error="invalid_token"'), ok());
      assert.equal((await (await make(server.fetch)).protect(app().options)(api)).status, 200);
      assert.deepEqual(authorizations(server), ['DPoP t0', 'DPoP t1']);
    });

    it('lets whoever waits for the next one give up at once; the others get it', async () => {
      const server = takes('t1');
      let finish = () => {};
      let begun = () => {};
      const isRefreshing = new Promise<void>((resolve) => (begun = resolve));
      const { options, counts } = app(() => (begun(), new Promise<void>((resolve) => (finish = resolve))));
      const fetch = (await make(server.fetch)).protect(options);
      const controller = new AbortController();
      const reason = new Error('gone elsewhere');
      const [impatient, patient] = [rejection(fetch(api, { signal: controller.signal })), fetch(api)];
      await isRefreshing;
      controller.abort(reason);
      assert.equal(await impatient, reason);
      finish();
      assert.equal((await patient).status, 200);
      assert.equal(counts.refreshes, 1);
    });

    it('is renewed where the browser denies Web Locks to the page (a frame without storage)', async () => {
      const own = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
      const locks = { request: async () => Promise.reject(new DOMException('denied', 'SecurityError')) };
      Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { locks } });
      try {
        const { options, counts } = app();
        assert.equal((await (await make(takes('t1').fetch)).protect(options)(api)).status, 200);
        assert.equal(counts.refreshes, 1);
      } finally {
        if (own) Object.defineProperty(globalThis, 'navigator', own);
        else Reflect.deleteProperty(globalThis, 'navigator');
      }
    });
  });

  it('that the app takes long to give can be given up', async () => {
    const controller = new AbortController();
    const server = recorder(ok());
    const fetch = (await make(server.fetch)).protect({ origins: [api], accessToken: () => new Promise(() => {}) });
    const waiting = rejection(fetch(api, { signal: controller.signal }));
    controller.abort(new Error('gone'));
    assert.equal((await waiting).message, 'gone');
    assert.isEmpty(server.requests);
  });

  for (const [kind, bearerOrigins, token] of [['proven', [], 'token'], ['Bearer', [api], 'token'], ['bare', [], '']] as const) {
    it(`that comes when the request has been given up is not sent: ${kind}`, async () => {
      const controller = new AbortController();
      const server = recorder(ok());
      const accessToken = () => (controller.abort(new Error('gone')), token);
      const fetch = (await make(server.fetch)).protect({ origins: bearerOrigins.length ? [] : [api], bearerOrigins, accessToken });
      assert.equal((await rejection(fetch(api, { signal: controller.signal }))).message, 'gone');
      assert.isEmpty(server.requests);
    });
  }

  describe('that is about to end', () => {
    const nowSeconds = () => Math.floor(Date.now() / 1000);
    const kinds: Record<string, (endsInSeconds: number) => unknown> = {
      'as expiresAtSeconds says': (ends) => ({ accessToken: `ends in ${ends}`, expiresAtSeconds: nowSeconds() + ends }),
      'as it says itself (exp)': (ends) => jwt({ exp: nowSeconds() + ends }),
    };
    for (const [kind, make_] of Object.entries(kinds)) {
      it(`${kind}, is renewed before it is sent, and one that has a while is not`, async () => {
        for (const [endsInSeconds, renewals] of [[-5, 1], [5, 1], [30, 0], [3000, 0]] as const) {
          const server = recorder(ok());
          let token = make_(endsInSeconds) as string;
          let refreshes = 0;
          const refresh = async () => {
            refreshes += 1;
            token = 'new';
          };
          await (await make(server.fetch)).protect({ origins: [api], accessToken: () => token, refresh })(api);
          assert.equal(refreshes, renewals, `${endsInSeconds}`);
          assert.equal(server.requests.length, 1);
          assert.equal(authorizations(server)[0] === 'DPoP new', renewals === 1);
        }
      });
    }

    it("is judged by the server's clock, once that is known", async () => {
      const ahead = 7200;
      const server = recorder(({ method }) => (method === 'POST' ? Response.json({}, { headers: { Date: new Date(Date.now() + ahead * 1000).toUTCString() } }) : ok()()));
      const keybound = await make(server.fetch, { authorizationServers: [login] });
      let refreshes = 0;
      const send = (endsInSeconds: number) =>
        keybound.protect({ origins: [api], accessToken: () => jwt({ exp: nowSeconds() + endsInSeconds }), refresh: async () => (refreshes += 1) })(api);
      await keybound.fetch(`${login}/token`, { method: 'POST' });
      await send(ahead + 60);
      assert.equal(refreshes, 0);
      await send(ahead - 60);
      assert.equal(refreshes, 1);
    });

    it('though it is new is no reason to renew it for each request: then it is our clock that is wrong', async () => {
      const server = recorder(ok());
      let refreshes = 0;
      const token = () => jwt({ exp: nowSeconds() - 86_400 + 300 + refreshes });
      const fetch = (await make(server.fetch)).protect({ origins: [api], accessToken: token, refresh: async () => (refreshes += 1) });
      for (let request = 0; request < 5; request += 1) assert.equal((await fetch(api)).status, 200);
      assert.equal(refreshes, 1);
    });

    it('goes out as it is, where its renewal fails or there is none', async () => {
      for (const refresh of [undefined, () => Promise.reject(new Error('no network'))]) {
        const server = recorder(ok());
        const token = { accessToken: 'old', expiresAtSeconds: nowSeconds() - 5 };
        assert.equal((await (await make(server.fetch)).protect({ origins: [api], accessToken: () => token, ...(refresh && { refresh }) })(api)).status, 200);
        assert.deepEqual(authorizations(server), ['DPoP old']);
      }
    });
  });

  describe('that is bound', () => {
    it('to another key is KeyboundError key-lost, told once by event and keyState, and is sent nowhere (RFC 9449 §6.1)', async () => {
      const server = recorder(ok());
      const keybound = await make(server.fetch);
      const lost: KeyboundEventDetails['lost'][] = [];
      keybound.addEventListener('lost', ({ detail }) => lost.push(detail));
      const fetch = keybound.protect({ origins: [api], accessToken: () => jwt({ cnf: { jkt: 'another key' } }) });
      for (let request = 0; request < 2; request += 1) assert.deepInclude(await rejection(fetch(api)), { name: 'KeyboundError', code: 'key-lost' });
      assert.deepEqual(lost, [{ jkt: keybound.jkt, expectedJkt: 'another key' }]);
      assert.equal(keybound.keyState, 'lost');
      assert.isEmpty(server.requests);
    });

    it('to this key goes out, and so does one that cannot be read', async () => {
      const server = recorder(ok());
      const keybound = await make(server.fetch);
      for (const token of [jwt({ cnf: { jkt: keybound.jkt } }), jwt({}), 'opaque', 'a.b', 'a.!.c', jwt([]), `a.${btoa('null')}.c`]) {
        assert.equal((await keybound.protect({ origins: [api], accessToken: () => token })(api)).status, 200);
      }
    });
  });

  describe('for APIs that still want Bearer', () => {
    const both = { origins: [api], bearerOrigins: [legacy] };

    it('is Bearer there, without a proof, and DPoP with one elsewhere', async () => {
      const server = recorder(ok());
      const fetch = (await make(server.fetch)).protect({ ...both, accessToken: () => ({ accessToken: 't', tokenType: 'DPoP' }) });
      for (const origin of [legacy, api, legacy]) await fetch(`${origin}/a`);
      assert.deepEqual(authorizations(server), ['Bearer t', 'DPoP t', 'Bearer t']);
      assert.deepEqual(server.requests.map(({ headers }) => headers.has('DPoP')), [false, true, false]);
    });

    it('may be of type Bearer there, and nowhere else (RFC 9449 §5)', async () => {
      const server = recorder(ok());
      const fetch = (await make(server.fetch)).protect({ ...both, accessToken: () => ({ accessToken: 't', tokenType: 'Bearer' }) });
      assert.equal((await fetch(legacy)).status, 200);
      assert.equal((await rejection(fetch(api))).code, 'token-type');
      assert.equal(server.requests.length, 1);
    });

    it('is never downgraded by what a server says: a DPoP API that asks for Bearer gets no token without a proof', async () => {
      for (const header of ['Bearer', 'Bearer realm="a"', 'Bearer error="invalid_token"', 'DPoP error="invalid_token", Bearer error="use_bearer"', 'Bearer error="use_dpop_nonce"']) {
        const server = recorder(refused(header));
        await (await make(server.fetch)).protect({ ...both, accessToken: () => 't', refresh: async () => {} })(api);
        assert.isAtLeast(server.requests.length, 1);
        for (const { headers } of server.requests) assert.isTrue(headers.get('Authorization') === 'DPoP t' && headers.has('DPoP'), header);
      }
    });

    it('never comes with a proof there, whatever a server asks for: a DPoP challenge is returned', async () => {
      const server = recorder(challenge('n1'));
      const answer = await (await make(server.fetch)).protect({ ...both, accessToken: () => 't' })(legacy);
      assert.equal(answer.status, 401);
      assert.deepEqual(server.requests.map(({ headers }) => headers.has('DPoP')), [false]);
    });

    it('goes nowhere else', async () => {
      const server = recorder(ok());
      const fetch = (await make(server.fetch)).protect({ ...both, accessToken: () => 't' });
      for (const url of ['https://evil.example/', 'http://legacy.example.com/', 'https://legacy.example.com:8443/', 'https://sub.legacy.example.com/']) {
        assert.equal((await rejection(fetch(url))).code, 'origin-refused');
      }
      assert.isEmpty(server.requests);
    });

    it('is renewed where it is refused there, and the request is sent again once, whole', async () => {
      const server = recorder(({ headers }) => (headers.get('Authorization') === 'Bearer t1' ? ok()() : refused('Bearer error="invalid_token"')()));
      const { options, counts } = app();
      const answer = await (await make(server.fetch)).protect({ ...options, origins: [], bearerOrigins: [legacy] })(legacy, { method: 'POST', body: 'whole' });
      assert.equal(answer.status, 200);
      assert.equal(counts.refreshes, 1);
      assert.deepEqual(await Promise.all(server.requests.map((request) => request.text())), ['whole', 'whole']);
      assert.isFalse(server.requests.some(({ headers }) => headers.has('DPoP')));
    });

    it('cannot have one origin on both lists', async () => {
      const keybound = await make(recorder().fetch);
      assert.throws(() => keybound.protect({ origins: [api], bearerOrigins: [api], accessToken: () => 't' }), TypeError);
      assert.throws(() => keybound.protect({ origins: [], bearerOrigins: [`${api}/`], accessToken: () => 't' }), TypeError);
    });
  });

  describe('that does not suffice', () => {
    const demands = [
      [403, 'insufficient_scope', 'DPoP error="insufficient_scope", scope="orders:write admin"', { scope: 'orders:write admin' }],
      [403, 'insufficient_scope', 'Bearer realm="a", error="insufficient_scope", scope="x"', { scope: 'x' }],
      [401, 'insufficient_user_authentication', 'DPoP error="insufficient_user_authentication", acr_values="urn:mfa", max_age="5"', { acr_values: 'urn:mfa', max_age: '5' }],
      [401, 'insufficient_user_authentication', 'Bearer error="insufficient_user_authentication", acr_values="a b", DPoP algs="ES256"', { acr_values: 'a b' }],
    ] as const;
    for (const [status, error, header, params] of demands) {
      for (const origin of [api, legacy]) {
        it(`comes back untouched, its demand read by event: ${status} ${header} ${origin === legacy ? 'of a Bearer API ' : ''}(RFC 6750 §3.1, RFC 9470 §3)`, async () => {
          const server = recorder(refused(header, status));
          const keybound = await make(server.fetch);
          const told: KeyboundEventDetails['challenge'][] = [];
          keybound.addEventListener('challenge', ({ detail }) => told.push(detail));
          const { options, counts } = app();
          const answer = await keybound.protect({ ...options, bearerOrigins: [legacy] })(`${origin}/orders?secret`);
          assert.equal(answer.status, status);
          assert.isFalse(answer.bodyUsed);
          assert.equal(await answer.text(), 'refused');
          assert.deepEqual(told, [{ method: 'GET', url: `${origin}/orders`, role: 'RS', attempt: 1, readable: ['WWW-Authenticate'], error, params: { error, ...params } }]);
          assert.deepEqual([counts.refreshes, server.requests.length], [0, 1]);
        });
      }
    }
  });

  it('and nonces are not told by a challenge that repeats them, unless reveal is asked for', async () => {
    const header = 'DPoP error="insufficient_scope", scope="a", nonce="n-secret", ticket="t-secret", error_description="token t0 of t-secret", claims="c-secret", realm="r-secret"';
    for (const reveal of [false, true]) {
      const keybound = await make(recorder(refused(header, 403)).fetch, { reveal });
      const told: KeyboundEventDetails['challenge'][] = [];
      keybound.addEventListener('challenge', ({ detail }) => told.push(detail));
      await keybound.protect({ origins: [api], accessToken: () => 't0' })(api);
      assert.equal(told[0]!.params.scope, 'a');
      assert.equal(/secret|t0/.test(JSON.stringify(told)), reveal);
    }
  });
});
