import { assert } from 'chai';
import { createRemoteJWKSet, exportJWK, generateKeyPair, type JSONWebKeySet } from 'jose';
import type { TrustedIssuer } from '../../src/resource-server.ts';
import { createApi, type Api } from '../support/api.ts';
import { passSteadily } from '../support/steady-clock.ts';
import { createTokenIssuer } from '../support/tokens.ts';

const jwksUrl = new URL('https://login.example.com/jwks');

interface KeyServer {
  readonly calls: [string, RequestInit | undefined][];
  answer: () => Response | Promise<Response>;
}

/** An API whose issuer's keys are behind a URL, and that URL's server. */
async function createRemoteApi(): Promise<{ api: Api; server: KeyServer }> {
  const issuer = await createTokenIssuer();
  const server: KeyServer = { calls: [], answer: () => Response.json(issuer.jwks) };
  const fetch: typeof globalThis.fetch = async (url, init) => {
    server.calls.push([new Request(url).url, init]);
    return server.answer();
  };
  const base = await createApi();
  // One without a birth, since tests set the clock back.
  const replayStore = { claim: async () => true };
  const options = { fetch, replayStore, issuers: [{ issuer: issuer.issuer, audience: issuer.audience, keys: jwksUrl }] };
  const { verify } = base.replica(options);
  const issueToken: Api['issueToken'] = (parts) => issuer.issue({ jkt: base.alice.jkt, nowSeconds: base.clock.nowSeconds, ...parts });
  const send: Api['send'] = async (parts) => verify(await base.request({ accessToken: await issueToken(parts?.token), ...parts }));
  return { api: { ...base, issuer, issueToken, send, verify }, server };
}

const down = () => Promise.reject(new Error('ECONNREFUSED'));

/** From now on the server takes calls and does not answer; whether the last one was given up shows by its signal. */
function hang(server: KeyServer) {
  server.answer = () => new Promise(() => {});
  return { isGivenUp: () => server.calls.at(-1)![1]!.signal!.aborted };
}

describe("resource server: an issuer's keys behind a URL", () => {
  it('are fetched once for many requests at once, without redirects and within a time', async () => {
    const { api, server } = await createRemoteApi();
    const decisions = await Promise.all(Array.from({ length: 10 }, () => api.send()));
    assert.isTrue(decisions.every(({ ok }) => ok));
    assert.lengthOf(server.calls, 1);
    const [url, init] = server.calls[0]!;
    assert.equal(url, jwksUrl.href);
    assert.equal(init?.redirect, 'manual');
    assert.instanceOf(init?.signal, AbortSignal);
  });

  it('are not fetched for a request that fails before its token is read', async () => {
    const { api, server } = await createRemoteApi();
    await api.send({ proofParts: { claims: { htm: 'PUT' } } });
    await api.send({ token: { claims: { iss: 'https://evil.example' } } });
    await api.send({ proofParts: { header: { jku: 'https://evil.example/jwks' }, claims: { ath: 'x' } } });
    assert.lengthOf(server.calls, 0);
  });

  it('are refreshed every nine minutes', async () => {
    const { api, server } = await createRemoteApi();
    await api.send();
    api.clock.nowSeconds += 539;
    await api.send();
    assert.lengthOf(server.calls, 1);
    api.clock.nowSeconds += 1;
    await api.send();
    assert.lengthOf(server.calls, 2);
  });

  it('are refreshed no later where the clock is set back', async () => {
    const { api, server } = await createRemoteApi();
    await api.send();
    api.clock.nowSeconds -= 3600;
    await api.send();
    assert.lengthOf(server.calls, 2);
    api.clock.nowSeconds -= 300;
    passSteadily(539);
    await api.send();
    assert.lengthOf(server.calls, 2);
    passSteadily(1);
    await api.send();
    assert.lengthOf(server.calls, 3);
  });

  it('survive no more than a day where the clock is set back', async () => {
    const { api, server } = await createRemoteApi();
    assert.isTrue((await api.send()).ok);
    server.answer = down;
    passSteadily(86_400);
    assert.deepInclude(await api.send(), { step: 6, code: 'verifier_unavailable' });
  });

  it('126 survive an outage of a day, and no longer', async () => {
    const { api, server } = await createRemoteApi();
    assert.isTrue((await api.send()).ok);
    server.answer = down;
    api.clock.nowSeconds += 86_399;
    assert.isTrue((await api.send()).ok);
    api.clock.nowSeconds += 1;
    assert.deepInclude(await api.send(), { step: 6, code: 'verifier_unavailable', status: 503 });
    api.clock.nowSeconds += 5;
    server.answer = () => Response.json(api.issuer.jwks);
    assert.isTrue((await api.send()).ok);
  });

  it('serve on while they are refreshed: no request waits for a server that hangs', async () => {
    const { api, server } = await createRemoteApi();
    await api.send();
    api.clock.nowSeconds += 599;
    const { isGivenUp } = hang(server);
    assert.isTrue((await api.send()).ok);
    assert.lengthOf(server.calls, 2);
    assert.isFalse(isGivenUp());
  });

  it('serve on through an outage: the first attempt after a pause is waited for, and no other', async () => {
    const { api, server } = await createRemoteApi();
    await api.send();
    server.answer = down;
    api.clock.nowSeconds += 3600;
    assert.isTrue((await api.send()).ok);
    api.clock.nowSeconds += 5;
    const { isGivenUp } = hang(server);
    assert.isTrue((await api.send()).ok);
    assert.isTrue((await api.send()).ok);
    assert.lengthOf(server.calls, 3);
    assert.isFalse(isGivenUp());
  });

  it('that were withdrawn while nobody asked are not taken once more: keys of ten minutes wait for their refresh', async () => {
    for (const meanwhile of ['quiet', 'an outage'] as const) {
      const { api, server } = await createRemoteApi();
      await api.send();
      if (meanwhile === 'an outage') {
        server.answer = down;
        api.clock.nowSeconds += 3600;
        assert.isTrue((await api.send()).ok);
      }
      const next = await createTokenIssuer({ kid: 'key-2' });
      server.answer = () => Response.json(next.jwks);
      api.clock.nowSeconds += 600;
      assert.deepInclude(await api.send(), { code: 'bad_access_token_signature' }, meanwhile);
    }
  });

  it('are asked for at most every five seconds while they fail', async () => {
    const { api, server } = await createRemoteApi();
    server.answer = down;
    for (let count = 0; count < 5; count += 1) assert.deepInclude(await api.send(), { step: 6, code: 'verifier_unavailable' });
    assert.lengthOf(server.calls, 1);
    api.clock.nowSeconds += 5;
    await api.send();
    assert.lengthOf(server.calls, 2);
  });

  it('are fetched again for a key that is not known yet, but not as often as somebody invents one', async () => {
    const { api, server } = await createRemoteApi();
    await api.send();
    const next = await createTokenIssuer({ kid: 'key-2' });
    server.answer = () => Response.json({ keys: [...api.issuer.jwks.keys, ...next.jwks.keys] });
    const rotated = () => next.issue({ jkt: api.alice.jkt, nowSeconds: api.clock.nowSeconds });
    assert.deepInclude(await api.send({ accessToken: await rotated() }), { code: 'bad_access_token_signature' });
    api.clock.nowSeconds += 5;
    assert.isTrue((await api.send({ accessToken: await rotated() })).ok);
    for (const kid of ['a', 'b', 'c']) assert.deepInclude(await api.send({ token: { header: { kid } } }), { code: 'bad_access_token_signature' });
    assert.lengthOf(server.calls, 2);
  });

  it('an invented key id during an outage leaves honest tokens alone', async () => {
    const { api, server } = await createRemoteApi();
    await api.send();
    server.answer = down;
    api.clock.nowSeconds += 60;
    assert.deepInclude(await api.send({ token: { header: { kid: 'invented' } } }), { code: 'bad_access_token_signature' });
    assert.isTrue((await api.send()).ok);
  });

  const bad: [string, () => Response][] = [
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://evil.example/jwks' } })],
    ['an error page', () => new Response('{"keys":[]}', { status: 500 })],
    ['no JSON', () => new Response('no')],
    ['no key set', () => Response.json({ keys: 'none' })],
    ['nothing', () => new Response(null)],
    ['more than 512 KiB', () => new Response(`{"keys":[],"padding":"${'x'.repeat(512 * 1024)}"}`)],
  ];
  for (const [what, answer] of bad) {
    it(`${what} in place of a key set -> 503`, async () => {
      const { api, server } = await createRemoteApi();
      server.answer = answer;
      assert.deepInclude(await api.send(), { step: 6, code: 'verifier_unavailable', status: 503 });
    });
  }
});

describe("resource server: an issuer's keys in other forms", () => {
  const withKeys = (keys: NonNullable<TrustedIssuer['keys']>) => (api: Api) =>
    api.replica({ issuers: [{ issuer: api.issuer.issuer, audience: api.issuer.audience, keys }] });

  it('a function may give a key, a JWK or a promise of one', async () => {
    const api = await createApi();
    for (const keys of [() => api.issuer.publicJwk, async () => api.issuer.publicJwk, ({ kid = '' }) => ({ 'key-1': api.issuer.publicJwk })[kid]]) {
      assert.isTrue((await withKeys(keys)(api).verify(await api.request())).ok);
    }
  });

  it("jose's own remote key set is such a function", async () => {
    const api = await createApi();
    const keys = createRemoteJWKSet(new URL('http://localhost:1/jwks'), { timeoutDuration: 100 });
    assert.deepInclude(await withKeys(keys)(api).verify(await api.request()), { step: 6, code: 'verifier_unavailable' });
  });

  it('a function that knows no key -> bad_access_token_signature; one that fails -> 503', async () => {
    const api = await createApi();
    assert.deepInclude(await withKeys(() => undefined)(api).verify(await api.request()), { code: 'bad_access_token_signature' });
    const cause = new Error('no vault');
    assert.deepInclude(await withKeys(() => { throw cause; })(api).verify(await api.request()), { code: 'verifier_unavailable', cause });
  });

  it('a token without kid is tried with every key that fits', async () => {
    const api = await createApi();
    const { publicKey } = await generateKeyPair('ES256');
    const jwks: JSONWebKeySet = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }, ...api.issuer.jwks.keys] };
    const server = withKeys(jwks)(api);
    assert.isTrue((await server.verify(await api.request({ token: { header: { kid: undefined }, jkt: api.alice.jkt } }))).ok);
  });

  it('the key of one issuer does not serve for another', async () => {
    const api = await createApi();
    const other = await createTokenIssuer({ issuer: 'https://other.example' });
    const issuers = [api.issuer, other].map(({ issuer, audience, jwks }) => ({ issuer, audience, keys: jwks }));
    const server = api.replica({ issuers });
    assert.isTrue((await server.verify(await api.request())).ok);
    const foreign = await other.issue({ jkt: api.alice.jkt, nowSeconds: api.clock.nowSeconds, claims: { iss: api.issuer.issuer } });
    assert.deepInclude(await server.verify(await api.request({ accessToken: foreign })), { code: 'bad_access_token_signature' });
  });

  for (const alg of ['ES256', 'RS256', 'PS256', 'ES384', 'Ed25519', 'EdDSA']) {
    it(`tokens signed ${alg}, where it is on the list and the runtime has it`, async function () {
      const api = await createApi();
      const issuer = await createTokenIssuer({ alg }).catch((error: Error) => {
        if (error.name !== 'NotSupportedError') throw error;
        return this.skip();
      });
      const trusted = { issuer: issuer.issuer, audience: issuer.audience, keys: issuer.jwks };
      const request = await api.request({ accessToken: await issuer.issue({ jkt: api.alice.jkt, nowSeconds: api.clock.nowSeconds }) });
      const isDefault = alg !== 'ES384';
      assert.equal((await api.replica({ issuers: [trusted] }).verify(request)).ok, isDefault);
      const listed = await api.request({ accessToken: await issuer.issue({ jkt: api.alice.jkt, nowSeconds: api.clock.nowSeconds }) });
      assert.isTrue((await api.replica({ issuers: [{ ...trusted, algorithms: [alg] }] }).verify(listed)).ok);
      assert.deepInclude(
        await api.replica({ issuers: [{ ...trusted, algorithms: ['PS512'] }] }).verify(listed),
        { step: 6, code: 'bad_access_token_signature' },
      );
    });
  }

  it('types and required claims are what the issuer is known to write', async () => {
    const api = await createApi();
    const trusted = { issuer: api.issuer.issuer, audience: api.issuer.audience, keys: api.issuer.jwks };
    const plain = api.replica({ issuers: [{ ...trusted, tokenTypes: ['application/JWT'], requiredClaims: [] }] });
    const claims = { sub: undefined, client_id: undefined, iat: undefined, jti: undefined };
    assert.isTrue((await plain.verify(await api.request({ token: { header: { typ: 'jwt' }, claims } }))).ok);
    assert.deepInclude(await plain.verify(await api.request()), { code: 'token_not_for_this_server' });
    const endless = await api.request({ token: { header: { typ: 'JWT' }, claims: { exp: undefined } } });
    assert.deepInclude(await plain.verify(endless), { code: 'token_not_for_this_server' }, 'exp is indispensable');
  });

  it('a token without a type passes only where the issuer is known to write none, and then no other does', async () => {
    const api = await createApi();
    const trusted = { issuer: api.issuer.issuer, audience: api.issuer.audience, keys: api.issuer.jwks };
    const untyped = api.replica({ issuers: [{ ...trusted, tokenTypes: [null] }] });
    const both = api.replica({ issuers: [{ ...trusted, tokenTypes: [null, 'at+jwt'] }] });
    const send = async (to: typeof untyped, header: Record<string, unknown>) => to.verify(await api.request({ token: { header } }));
    const refused = { step: 6, code: 'token_not_for_this_server' } as const;
    assert.isTrue((await send(untyped, { typ: undefined })).ok);
    assert.isTrue((await send(both, { typ: undefined })).ok);
    assert.isTrue((await send(both, {})).ok);
    assert.deepInclude(await send(api.replica({}), { typ: undefined }), refused, 'by default');
    for (const typ of ['at+jwt', 'JWT', '', 'null', 'undefined', null]) {
      assert.deepInclude(await send(untyped, { typ }), refused, `typ ${typ}`);
    }
  });
});
