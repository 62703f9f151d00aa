import { assert } from 'chai';
import { createResourceServer, memoryReplayStore, type DenyCode, type TrustedIssuer } from '../../src/resource-server.ts';
import { createApi, type Api } from '../support/api.ts';
import { createTokenIssuer, type TokenIssuer } from '../support/tokens.ts';

const opaqueName = 'https://opaque.example.com';
const introspection = {
  endpoint: new URL(`${opaqueName}/introspect`),
  authentication: { clientId: 'api', clientSecret: 'secret' },
};

/** One verifier for an issuer with a key set, one with a URL and another kind of token, and one with opaque tokens. */
async function createFederation() {
  const api = await createApi();
  const { issuer, alice, clock } = api;
  const legacy = await createTokenIssuer({ issuer: 'https://legacy.example.com', audience: 'urn:orders', alg: 'RS256' });
  const fetched: string[] = [];
  const answers: Record<string, unknown> = {
    'https://legacy.example.com/jwks': legacy.jwks,
    [introspection.endpoint.href]: { active: true, cnf: { jkt: alice.jkt }, aud: 'urn:opaque', exp: clock.nowSeconds + 300 },
  };
  const fetch: typeof globalThis.fetch = async (url) => {
    fetched.push(url as string);
    return Response.json(answers[url as string]);
  };
  const issuers: TrustedIssuer[] = [
    { issuer: issuer.issuer, audience: issuer.audience, keys: issuer.jwks },
    {
      issuer: legacy.issuer, audience: legacy.audience, keys: new URL('https://legacy.example.com/jwks'),
      algorithms: ['RS256'], tokenTypes: ['JWT'], requiredClaims: ['sub'],
    },
    { issuer: opaqueName, audience: 'urn:opaque', introspection },
  ];
  const { verify } = api.replica({ fetch, issuers });
  const send = async (accessToken: string) => verify(await api.request({ accessToken }));
  const issue = (from: TokenIssuer, parts: Parameters<Api['issueToken']>[0] = {}) =>
    from.issue({ jkt: alice.jkt, nowSeconds: clock.nowSeconds, ...parts });
  return { api, issuer, legacy, send, issue, fetched, answers };
}

describe('resource server: several issuers', () => {
  it('each by its own terms, with one kind of decision', async () => {
    const { issuer, legacy, send, issue, fetched } = await createFederation();
    for (const [accessToken, iss] of [
      [await issue(issuer), issuer.issuer],
      [await issue(legacy, { header: { typ: 'JWT' }, claims: { client_id: undefined } }), legacy.issuer],
      ['opaque', opaqueName],
    ] as const) {
      const decision = await send(accessToken);
      assert.isTrue(decision.ok);
      assert.equal(decision.claims.iss, iss);
    }
    assert.deepEqual(fetched, ['https://legacy.example.com/jwks', introspection.endpoint.href]);
  });

  it('none by the terms of another: keys, audience, type, algorithm, required claims', async () => {
    const { issuer, legacy, send, issue } = await createFederation();
    const legacyHeader = { typ: 'JWT' };
    const rows: [string, DenyCode][] = [
      [await issue(legacy, { header: legacyHeader, claims: { iss: issuer.issuer } }), 'bad_access_token_signature'],
      [await issue(issuer, { header: legacyHeader, claims: { iss: legacy.issuer } }), 'bad_access_token_signature'],
      [await issue(legacy, { header: legacyHeader, claims: { aud: issuer.audience } }), 'token_not_for_this_server'],
      [await issue(issuer, { claims: { aud: legacy.audience } }), 'token_not_for_this_server'],
      [await issue(legacy), 'token_not_for_this_server'],
      [await issue(issuer, { header: legacyHeader }), 'token_not_for_this_server'],
      [await issue(issuer, { claims: { client_id: undefined } }), 'token_not_for_this_server'],
      [await issue(issuer, { claims: { iss: 'https://stranger.example.com' } }), 'token_not_for_this_server'],
    ];
    for (const [accessToken, code] of rows) assert.deepInclude(await send(accessToken), { step: 6, code });
  });

  it('one that is down does not take the others with it', async () => {
    const { issuer, legacy, send, issue, answers } = await createFederation();
    answers['https://legacy.example.com/jwks'] = 'down';
    answers[introspection.endpoint.href] = 'down';
    assert.deepInclude(await send(await issue(legacy, { header: { typ: 'JWT' } })), { code: 'verifier_unavailable' });
    assert.deepInclude(await send('opaque'), { code: 'verifier_unavailable' });
    assert.isTrue((await send(await issue(issuer))).ok);
  });

  it('JWTs of an issuer without keys are put to it; those of others never are', async () => {
    const { issuer, send, issue, fetched } = await createFederation();
    assert.isTrue((await send(await issue(issuer, { claims: { iss: opaqueName } }))).ok);
    assert.deepEqual(fetched, [introspection.endpoint.href]);
    await send(await issue(issuer, { claims: { iss: 'https://stranger.example.com' } }));
    await send('a.b.c');
    await send('a.b.c.d.e');
    assert.lengthOf(fetched, 1);
  });

  it('one issuer may do both: JWTs by its keys, the rest by introspection', async () => {
    const { api, issuer, issue } = await createFederation();
    const answer = { active: true, cnf: { jkt: api.alice.jkt }, aud: issuer.audience, exp: api.clock.nowSeconds + 9 };
    const fetch = async () => Response.json(answer);
    const both = { issuer: issuer.issuer, audience: issuer.audience, keys: issuer.jwks, introspection };
    const { verify } = api.replica({ fetch, issuers: [both] });
    const forged = (await issue(issuer)).replace(/.{8}$/, 'AAAAAAAA');
    for (const [accessToken, ok] of [[await issue(issuer), true], ['opaque', true], [forged, false]] as const) {
      assert.equal((await verify(await api.request({ accessToken }))).ok, ok);
    }
  });

  const trusted = { issuer: 'https://login.example.com', audience: 'api' };
  const mistakes: [string, object[], string][] = [
    ['two with introspection', [{ ...trusted, introspection }, { ...trusted, issuer: 'https://b.example', introspection }], 'Only one'],
    ['introspection over http', [{ ...trusted, introspection: { ...introspection, endpoint: new URL('http://a.example') } }], 'https'],
    ['introspection at a text', [{ ...trusted, introspection: { ...introspection, endpoint: 'https://a.example' } }], 'endpoint'],
    ['introspection by nobody', [{ ...trusted, introspection: { ...introspection, authentication: undefined } }], 'authentication'],
    ['introspection without a secret', [{ ...trusted, introspection: { ...introspection, authentication: { clientId: 'a' } } }], 'authentication'],
    ['answers that stay for less than no time', [{ ...trusted, introspection: { ...introspection, cacheSeconds: -1 } }], 'cacheSeconds'],
    ['answers that stay for ever', [{ ...trusted, introspection: { ...introspection, cacheSeconds: Infinity } }], 'cacheSeconds'],
    ['no time to answer', [{ ...trusted, introspection: { ...introspection, timeoutSeconds: 0 } }], 'timeoutSeconds'],
    ['no room for a call', [{ ...trusted, introspection: { ...introspection, maxConcurrentCalls: 0 } }], 'maxConcurrentCalls'],
    ['room without end', [{ ...trusted, introspection: { ...introspection, maxConcurrentCalls: Infinity } }], 'maxConcurrentCalls'],
    ['neither keys nor introspection', [trusted], 'issuers[].keys'],
  ];
  for (const [mistake, issuers, named] of mistakes) {
    it(`${mistake} is a TypeError`, () => {
      const create = () => createResourceServer({ issuers: issuers as unknown as TrustedIssuer[], replayStore: memoryReplayStore() });
      assert.throws(create, TypeError, named);
    });
  }

  for (const tokenCacheBytes of [-1, 2 ** 31, Number.NaN]) {
    it(`${tokenCacheBytes} bytes for tokens is a TypeError`, () => {
      const create = () => createResourceServer({ issuers: [{ ...trusted, introspection }], replayStore: memoryReplayStore(), tokenCacheBytes });
      assert.throws(create, TypeError, 'tokenCacheBytes');
    });
  }
});
