import { assert } from 'chai';
import { createIntrospection } from '../../src/resource/introspection.ts';
import type { DecisionEvent, IntrospectionOptions, ResourceServerOptions } from '../../src/resource-server.ts';
import { createApi, type Api, type SendParts } from '../support/api.ts';
import { passSteadily } from '../support/steady-clock.ts';
import { createTokenIssuer } from '../support/tokens.ts';

const issuer = 'https://opaque.example.com';
const audience = 'https://api.example.com';
const endpoint = new URL('https://opaque.example.com/introspect');
const authentication = { clientId: 'orders api', clientSecret: 'a secret: with ümlaut' };
const opaque = 'an-opaque.token';

interface Asked {
  readonly url: string;
  readonly init: RequestInit;
  readonly form: URLSearchParams;
}

interface OpaqueApi extends Api {
  readonly asked: Asked[];
  /** What the issuer says of a token, or what it does instead. */
  answer: () => Record<string, unknown> | Response | Promise<Response>;
  /** A good answer. */
  good(members?: Record<string, unknown>): Record<string, unknown>;
}

/** An API whose issuer knows one opaque token, and is asked about it. */
async function createOpaqueApi(
  introspection: Partial<IntrospectionOptions> = {},
  options: Partial<ResourceServerOptions> = {},
  trusted: object = {},
): Promise<OpaqueApi> {
  const asked: Asked[] = [];
  const fetch: typeof globalThis.fetch = async (url, init = {}) => {
    asked.push({ url: url as string, init, form: new URLSearchParams(init.body as URLSearchParams) });
    const answer = await api.answer();
    return answer instanceof Response ? answer : Response.json(answer);
  };
  const issuers = [{ issuer, audience, introspection: { endpoint, authentication, ...introspection }, ...trusted }];
  const base = await createApi({ fetch, issuers, ...options });
  const good: OpaqueApi['good'] = (members) => ({
    active: true, token_type: 'DPoP', cnf: { jkt: base.alice.jkt }, aud: audience, exp: base.clock.nowSeconds + 300, ...members,
  });
  const send: Api['send'] = (parts) => base.send({ accessToken: opaque, ...parts });
  const api: OpaqueApi = { ...base, asked, send, good, answer: () => good() };
  return api;
}

/** Calls wait from now on until the gate is opened; `asked` resolves when so many have come. */
function shut(api: OpaqueApi, answer = () => api.good()) {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  let hear = () => {};
  api.answer = async () => {
    hear();
    await opened;
    return Response.json(answer());
  };
  const asked = (count: number) =>
    new Promise<void>((resolve) => {
      hear = () => api.asked.length >= count && resolve();
      hear();
    });
  return { open, asked };
}

const without = (members: Record<string, unknown>, name: string) =>
  Object.fromEntries(Object.entries(members).filter(([other]) => other !== name));

describe('resource server: opaque tokens (RFC 7662)', () => {
  it('are put to their issuer, by POST, with who asks (RFC 7662 §2.1, RFC 6749 §2.3.1)', async () => {
    const api = await createOpaqueApi();
    const decision = await api.send();
    assert.deepInclude(decision, { ok: true, scheme: 'DPoP', jkt: api.alice.jkt });
    const [{ url, init, form }] = api.asked as [Asked];
    assert.deepEqual([url, init.method, init.redirect], [endpoint.href, 'POST', 'manual']);
    assert.deepEqual(Object.fromEntries(form), { token: opaque, token_type_hint: 'access_token' });
    const headers = new Headers(init.headers);
    const [name, secret] = atob(headers.get('authorization')!.replace('Basic ', '')).split(':') as [string, string];
    assert.deepEqual([name, secret], ['orders+api', 'a+secret%3A+with+%C3%BCmlaut']);
  });

  it('are known by the answer, with the issuer that was asked, and without `active`', async () => {
    const api = await createOpaqueApi();
    api.answer = () => api.good({ sub: 'alice', scope: 'read', tenant: 7 });
    const decision = await api.send();
    assert.isTrue(decision.ok);
    const { claims } = decision;
    assert.deepInclude(claims, { iss: issuer, sub: 'alice', scope: 'read', tenant: 7 });
    assert.notProperty(claims, 'active');
  });

  it('may be asked for with other credentials, in a header or in the form', async () => {
    const api = await createOpaqueApi({
      async authentication({ headers, form }) {
        headers.set('authorization', 'Bearer of-the-api');
        form.set('client_assertion', 'a.b.c');
      },
    });
    assert.isTrue((await api.send()).ok);
    const [{ init, form }] = api.asked as [Asked];
    assert.equal(new Headers(init.headers).get('authorization'), 'Bearer of-the-api');
    assert.equal(form.get('client_assertion'), 'a.b.c');
  });

  it('are not asked about before the cheap steps have passed, nor for a proof of another token', async () => {
    const api = await createOpaqueApi();
    assert.deepInclude(await api.send({ proofParts: { claims: { htm: 'PUT' } } }), { step: 3 });
    assert.deepInclude(await api.send({ proofParts: { accessToken: 'another-token' } }), { step: 6, code: 'proof_token_mismatch' });
    assert.lengthOf(api.asked, 0);
  });

  it('are not asked about for a sender who cannot sign: nobody makes the server call out for nothing', async () => {
    const api = await createOpaqueApi();
    const jwt = await (await createTokenIssuer({ issuer })).issue({ nowSeconds: api.clock.nowSeconds });
    for (const accessToken of [opaque, jwt]) {
      const decision = await api.send({ accessToken, proofParts: { signer: api.thief } });
      assert.deepInclude(decision, { step: 8, code: 'bad_proof_signature', status: 401 });
    }
    assert.lengthOf(api.asked, 0);
  });

  it('mean nothing where no issuer can be asked', async () => {
    const api = await createApi();
    assert.deepInclude(await api.send({ accessToken: opaque }), { step: 6, code: 'bad_access_token_signature' });
  });

  it('are refused where encryption is required, and nobody is asked', async () => {
    const api = await createOpaqueApi({}, { decryption: { keys: () => undefined, required: true } });
    assert.deepInclude(await api.send(), { step: 6, code: 'token_not_for_this_server' });
    assert.lengthOf(api.asked, 0);
  });

  it('are never of five segments: who cannot open an encrypted token asks nobody about it (RFC 7516 §9)', async () => {
    for (const options of [{}, { decryption: { keys: () => undefined } }]) {
      const api = await createOpaqueApi({}, options);
      for (const accessToken of ['a.b.c.d.e', 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA']) {
        assert.deepInclude(await api.send({ accessToken }), { step: 6, code: 'bad_access_token_signature', status: 401 });
      }
      assert.lengthOf(api.asked, 0);
    }
  });

  type Row = { says: string; answer: (api: OpaqueApi) => Record<string, unknown>; parts?: (api: OpaqueApi) => SendParts; expected: object };
  const rows: Row[] = [
    { says: 'inactive', answer: () => ({ active: false }), expected: { step: 6, code: 'token_revoked', status: 401 } },
    {
      says: 'inactive, and more than it may (RFC 7662 §2.2)',
      answer: (api) => ({ ...api.good(), active: false }), expected: { step: 6, code: 'token_revoked' },
    },
    { says: 'its own name', answer: (api) => api.good({ iss: issuer }), expected: { ok: true } },
    { says: 'another issuer', answer: (api) => api.good({ iss: 'https://evil.example' }), expected: { step: 6, code: 'token_not_for_this_server' } },
    { says: 'several audiences', answer: (api) => api.good({ aud: ['x', audience] }), expected: { ok: true } },
    { says: 'another audience', answer: (api) => api.good({ aud: 'x' }), expected: { step: 6, code: 'token_not_for_this_server' } },
    { says: 'no audience', answer: (api) => without(api.good(), 'aud'), expected: { step: 6, code: 'token_not_for_this_server' } },
    { says: 'no expiry', answer: (api) => without(api.good(), 'exp'), expected: { step: 6, code: 'token_not_for_this_server' } },
    { says: 'an expiry in words', answer: (api) => api.good({ exp: 'soon' }), expected: { step: 6, code: 'token_not_for_this_server' } },
    { says: 'an expiry that has passed', answer: (api) => api.good({ exp: api.clock.nowSeconds - 11 }), expected: { step: 7, code: 'token_expired' } },
    { says: 'a time to come', answer: (api) => api.good({ nbf: api.clock.nowSeconds + 11 }), expected: { step: 7, code: 'token_not_yet_valid' } },
    { says: 'no token type', answer: (api) => without(api.good(), 'token_type'), expected: { ok: true } },
    { says: 'a token type in another case', answer: (api) => api.good({ token_type: 'dpop' }), expected: { ok: true } },
    {
      says: 'a bound token of the type Bearer (RFC 9449 §6.2)',
      answer: (api) => api.good({ token_type: 'Bearer' }), expected: { step: 6, code: 'token_not_for_this_server' },
    },
    { says: 'a token type that is none', answer: (api) => api.good({ token_type: 1 }), expected: { step: 6, code: 'token_not_for_this_server' } },
    {
      says: 'DPoP, and no key', answer: (api) => without(api.good(), 'cnf'), expected: { step: 6, code: 'token_not_for_this_server' },
    },
    {
      says: 'no key, and no type', answer: (api) => without(without(api.good(), 'cnf'), 'token_type'),
      expected: { step: 8, code: 'proof_key_not_bound_to_token' },
    },
    { says: 'the key of somebody else', answer: (api) => api.good({ cnf: { jkt: api.thief.jkt } }), expected: { step: 8, code: 'proof_key_not_bound_to_token' } },
    { says: 'cnf as a text', answer: (api) => api.good({ cnf: api.alice.jkt }), expected: { step: 8, code: 'proof_key_not_bound_to_token' } },
    { says: 'jkt outside of cnf', answer: (api) => ({ ...without(without(api.good(), 'cnf'), 'token_type'), jkt: api.alice.jkt }), expected: { step: 8 } },
  ];
  for (const { says, answer, expected } of rows) {
    it(`the issuer says ${says} -> ${Object.values(expected).join(' ')}`, async () => {
      const api = await createOpaqueApi();
      api.answer = () => answer(api);
      assert.deepInclude(await api.send(), expected);
    });
  }

  it('stolen, with the key of the thief -> 8 proof_key_not_bound_to_token: the server checks the key itself (RFC 9449 §6.2)', async () => {
    const api = await createOpaqueApi();
    assert.deepInclude(await api.send({ proofParts: { key: api.thief } }), { step: 8, code: 'proof_key_not_bound_to_token' });
  });

  it('tell their times to their holder only', async () => {
    const api = await createOpaqueApi();
    api.answer = () => api.good({ exp: 1 });
    assert.deepInclude(await api.send({ proofParts: { key: api.thief } }), { step: 8, code: 'proof_key_not_bound_to_token' });
  });

  it('may have to have more claims', async () => {
    const api = await createOpaqueApi({}, {}, { requiredClaims: ['sub'] });
    assert.deepInclude(await api.send(), { step: 6, code: 'token_not_for_this_server' });
    api.answer = () => api.good({ sub: 'alice' });
    assert.isTrue((await api.send()).ok);
  });

  it('are looked up on the revocation list as well', async () => {
    const api = await createOpaqueApi({}, { revocation: { check: async ({ jti }) => jti === 'revoked' } });
    api.answer = () => api.good({ jti: 'revoked' });
    assert.deepInclude(await api.send(), { step: 9, code: 'token_revoked' });
  });

  it('sent as Bearer: only without a key, and never as the type DPoP', async () => {
    const api = await createOpaqueApi({}, { bearer: 'unbound-only' });
    const bear = () => api.send({ headers: () => [['Authorization', `Bearer ${opaque}`]] });
    assert.deepInclude(await bear(), { step: 8, code: 'bearer_downgrade' });
    api.answer = () => without(api.good(), 'cnf');
    assert.deepInclude(await bear(), { step: 6, code: 'token_not_for_this_server' });
    api.answer = () => ({ ...without(api.good(), 'cnf'), token_type: 'Bearer' });
    assert.deepInclude(await bear(), { ok: true, scheme: 'Bearer' });
  });

  const bindings: [string, (api: OpaqueApi) => object | undefined][] = [
    ['none', () => undefined],
    ['that of the thief', (api) => ({ jkt: api.thief.jkt })],
    ['another kind', () => ({ 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' })],
  ];
  for (const [what, cnf] of bindings) {
    it(`a bound JWT, of whose key the answer says ${what} -> 6 token_not_for_this_server: it is no Bearer token (RFC 9449 §7.2)`, async () => {
      const api = await createOpaqueApi({}, { bearer: 'unbound-only' });
      const accessToken = await (await createTokenIssuer({ issuer })).issue({ jkt: api.alice.jkt, nowSeconds: api.clock.nowSeconds });
      api.answer = () => ({ ...without(without(api.good(), 'cnf'), 'token_type'), ...(cnf(api) && { cnf: cnf(api) }) });
      const headers = (): [string, string][] => [['Authorization', `Bearer ${accessToken}`]];
      for (const parts of [{ headers }, {}, { proofParts: { key: api.thief } }]) {
        assert.deepInclude(await api.send({ accessToken, ...parts }), { step: 6, code: 'token_not_for_this_server', status: 401 });
      }
    });
  }

  it('a JWT goes by the answer where both name the same key, and where it names none itself', async () => {
    const api = await createOpaqueApi({}, { bearer: 'unbound-only' });
    const jwts = await createTokenIssuer({ issuer });
    const bound = await jwts.issue({ jkt: api.alice.jkt, nowSeconds: api.clock.nowSeconds });
    const unbound = await jwts.issue({ nowSeconds: api.clock.nowSeconds });
    for (const accessToken of [bound, unbound]) assert.deepInclude(await api.send({ accessToken }), { ok: true, jkt: api.alice.jkt });
    api.answer = () => without(without(api.good(), 'cnf'), 'token_type');
    const headers = (): [string, string][] => [['Authorization', `Bearer ${unbound}`]];
    assert.deepInclude(await api.send({ accessToken: unbound, headers }), { ok: true, scheme: 'Bearer' });
  });

  const unclear: [string, () => Response | Promise<Response>][] = [
    ['nothing', () => new Response('')],
    ['no JSON', () => new Response('<p>')],
    ['an array', () => Response.json([{ active: true }])],
    ['no word on `active`', () => Response.json({})],
    ['`active` in words', () => Response.json({ active: 'true' })],
    ['`active` twice', () => new Response('{"active":true,"active":false}')],
    ['401: it does not know who asks', () => Response.json({ error: 'invalid_client' }, { status: 401 })],
    ['201', () => Response.json({ active: true }, { status: 201 })],
    ['a redirect', () => new Response(null, { status: 307, headers: { location: 'https://evil.example/' } })],
    ['an error', () => Promise.reject(new Error('ECONNREFUSED'))],
    ['more than 64 KiB', () => Response.json({ active: true, text: 'x'.repeat(65_536) })],
  ];
  for (const [what, answer] of unclear) {
    it(`${what} in place of an answer -> 503, never a guess`, async () => {
      const api = await createOpaqueApi();
      api.answer = answer;
      const decision = await api.send();
      assert.deepInclude(decision, { step: 6, code: 'verifier_unavailable', status: 503 });
      assert.notInclude(String((decision as { cause?: unknown }).cause), opaque, 'no token goes into a log');
    });
  }

  it('credentials that cannot be made -> 503', async () => {
    const api = await createOpaqueApi({ authentication: () => Promise.reject(new Error('no vault')) });
    assert.deepInclude(await api.send(), { step: 6, code: 'verifier_unavailable' });
    assert.lengthOf(api.asked, 0);
  });

  it('more questions at once than are allowed -> 503 without a call, and again an answer when there is room', async () => {
    const events: DecisionEvent[] = [];
    const api = await createOpaqueApi({ maxConcurrentCalls: 2 }, { onDecision: (event) => void events.push(event) });
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const bothAsked = new Promise<void>((resolve) => {
      api.answer = async () => {
        const isSecond = api.asked.length === 2;
        if (isSecond) resolve();
        await gate;
        return isSecond ? Promise.reject(new Error('ECONNRESET')) : Response.json(api.good());
      };
    });
    const waiting = [api.send(), api.send()];
    await bothAsked;
    assert.deepInclude(await api.send(), { step: 6, code: 'verifier_unavailable', status: 503 });
    assert.propertyVal(events.at(-1), 'failure', 'BusyError');
    assert.lengthOf(api.asked, 2);
    release();
    // Which of the two asks first is nobody's promise.
    assert.sameMembers((await Promise.all(waiting)).map(({ ok }) => ok), [true, false]);
    api.answer = () => api.good();
    const [one, other] = await Promise.all([api.send(), api.send()]);
    assert.isTrue(one.ok && other.ok, 'a call that failed has left its place as well');
  });

  it('one request sent again and again takes the place of one: its copies wait for the same answer, and one of them passes', async () => {
    const api = await createOpaqueApi({ maxConcurrentCalls: 1 });
    const gate = shut(api);
    const request = await api.request({ accessToken: opaque });
    const copies = Array.from({ length: 10 }, () => api.verify(request));
    await gate.asked(1);
    assert.deepInclude(await api.send(), { step: 6, code: 'verifier_unavailable' }, 'another proof would be another call');
    gate.open();
    const codes = (await Promise.all(copies)).map((decision) => (decision.ok ? 'allow' : decision.code));
    assert.deepEqual(codes.sort(), ['allow', ...Array<string>(9).fill('proof_replayed')]);
    const calls = api.asked.length;
    assert.deepInclude(await api.verify(request), { step: 10, code: 'proof_replayed' });
    assert.lengthOf(api.asked, calls + 1, 'an answer that has come is shared with nobody');
  });

  it('a token that is revoked while a call is under way is denied to the next proof: it does not wait for the old answer', async () => {
    const api = await createOpaqueApi();
    const gate = shut(api);
    const early = api.send();
    await gate.asked(1);
    api.answer = () => ({ active: false });
    assert.deepInclude(await api.send(), { step: 6, code: 'token_revoked' });
    gate.open();
    assert.isTrue((await early).ok);
  });

  it('the same Bearer token is asked about for each request: nothing spends it', async () => {
    const api = await createOpaqueApi({}, { bearer: 'unbound-only' });
    const gate = shut(api, () => ({ ...without(api.good(), 'cnf'), token_type: 'Bearer' }));
    const bear = () => api.send({ headers: () => [['Authorization', `Bearer ${opaque}`]] });
    const early = bear();
    await gate.asked(1);
    api.answer = () => ({ active: false });
    assert.deepInclude(await bear(), { step: 6, code: 'token_revoked' });
    gate.open();
    assert.deepInclude(await early, { ok: true, scheme: 'Bearer' });
  });

  it('an issuer that does not answer in time -> 503, also where fetch knows no signal', async () => {
    const api = await createOpaqueApi({ timeoutSeconds: 0.02 });
    api.answer = () => new Promise(() => {});
    assert.deepInclude(await api.send(), { step: 6, code: 'verifier_unavailable' });
  });
});

describe('resource server: answers about opaque tokens', () => {
  it('are asked for anew on every request, so that a revoked token is denied at once', async () => {
    const api = await createOpaqueApi();
    assert.isTrue((await api.send()).ok);
    api.answer = () => ({ active: false });
    assert.deepInclude(await api.send(), { code: 'token_revoked' });
    assert.lengthOf(api.asked, 2);
  });

  it('are good for a while where that is wanted, and no longer', async () => {
    const api = await createOpaqueApi({ cacheSeconds: 30 });
    assert.isTrue((await api.send()).ok);
    api.answer = () => ({ active: false });
    api.clock.nowSeconds += 29;
    assert.isTrue((await api.send()).ok);
    assert.deepInclude(await api.send({ proofParts: { key: api.thief } }), { code: 'proof_key_not_bound_to_token' });
    assert.lengthOf(api.asked, 1);
    api.clock.nowSeconds += 1;
    assert.deepInclude(await api.send(), { code: 'token_revoked' });
  });

  it('are good for no longer where the clock is set back', async () => {
    for (const backSeconds of [3600, 20]) {
      const replayStore = { claim: async () => true };
      const api = await createOpaqueApi({ cacheSeconds: 30 }, { replayStore });
      assert.isTrue((await api.send()).ok);
      api.answer = () => ({ active: false });
      api.clock.nowSeconds -= backSeconds;
      passSteadily(30);
      assert.deepInclude(await api.send(), { code: 'token_revoked' });
    }
  });

  it('are good from when they were asked for, not from when they came', async () => {
    const api = await createOpaqueApi({ cacheSeconds: 30 });
    const gate = shut(api);
    const first = api.send();
    await gate.asked(1);
    api.clock.nowSeconds += 20;
    gate.open();
    assert.isTrue((await first).ok);
    api.clock.nowSeconds += 10;
    api.answer = () => ({ active: false });
    assert.deepInclude(await api.send(), { code: 'token_revoked' });
  });

  it('are as old for a copy of the request that joins in later', async () => {
    const clock = { nowSeconds: 1_800_000_000 };
    let calls = 0;
    let open = () => {};
    const opened = new Promise<void>((resolve) => (open = resolve));
    const fetch = async () => {
      calls += 1;
      await opened;
      return Response.json({ active: true });
    };
    const { ask } = createIntrospection({ endpoint, authentication }, { fetch, nowSeconds: () => clock.nowSeconds });
    const first = ask(opaque, 'a proof');
    clock.nowSeconds += 20;
    const copy = ask(opaque, 'a proof');
    open();
    const answers = await Promise.all([first, copy]);
    clock.nowSeconds += 10;
    for (const { askedAtSeconds, ageSeconds } of answers) assert.deepEqual([askedAtSeconds, ageSeconds()], [1_800_000_000, 30]);
    assert.equal(calls, 1);
  });

  it('are never good beyond exp (RFC 7662 §4)', async () => {
    const api = await createOpaqueApi({ cacheSeconds: 3600 });
    assert.isTrue((await api.send()).ok);
    api.clock.nowSeconds += 300;
    api.answer = () => ({ active: false });
    assert.deepInclude(await api.send(), { code: 'token_revoked' });
    assert.lengthOf(api.asked, 2);
  });

  it('are not kept where they are no, so that a token may become active', async () => {
    const api = await createOpaqueApi({ cacheSeconds: 30 });
    api.answer = () => ({ active: false });
    assert.deepInclude(await api.send(), { code: 'token_revoked' });
    api.answer = () => api.good();
    assert.isTrue((await api.send()).ok);
  });

  it('are about one token', async () => {
    const api = await createOpaqueApi({ cacheSeconds: 30 });
    assert.isTrue((await api.send()).ok);
    api.answer = () => ({ active: false });
    assert.deepInclude(await api.send({ accessToken: `${opaque}x` }), { code: 'token_revoked' });
  });
});
