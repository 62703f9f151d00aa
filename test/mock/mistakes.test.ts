/** A naive client over real interception makes each mistake, and is told what is wrong and how to mend it. */

import { assert } from 'chai';
import { http, HttpResponse } from 'msw';
import { createKeybound } from '../../src/index.ts';
import { mistakes } from '../../src/mock/mistakes.ts';
import { mockServers, type Exchange, type Mistake, type MistakeCode, type MockServers, type Trouble } from '../../src/msw.ts';
import { intercept } from '../support/intercept.ts';
import type { TokenAnswer } from '../support/login.ts';
import { generateProofKey, makeProof, type ProofKey, type ProofParts } from '../support/proofs.ts';

const issuer = 'https://login.example';
const api = 'https://api.example';
const elsewhere = 'https://elsewhere.example';
const orders = `${api}/orders?page=secret-page`;

/** What the naive client has in hand; each mistake is made with it. */
interface Naive {
  readonly servers: MockServers;
  readonly key: ProofKey;
  readonly thief: ProofKey;
  readonly accessToken: string;
  /** A proof for the API, good but for what is bent. */
  prove(bent?: Partial<ProofParts>): Promise<string>;
  /** Calls the API with a proof. */
  call(proof: string, init?: RequestInit & { url?: string }): Promise<Response>;
  /** Posts a fresh code to the token endpoint. */
  redeem(proof?: string): Promise<Response>;
}

/** One mistake: how it is made, and words that must be there, of what is wrong and of how to mend it. */
interface Case {
  readonly nonces?: Trouble['nonces'];
  readonly make: (naive: Naive) => Promise<unknown>;
  readonly what: RegExp;
  readonly mend: RegExp;
  /** What the servers answered, where the mistake passes. */
  readonly status?: number;
}

// A record, because the compiler sees to it that it is complete.
const cases: Record<MistakeCode, Case> = {
  token_request_without_proof: {
    make: ({ redeem }) => redeem(),
    what: /no DPoP header/, mend: /Send a proof with every POST.*no ath/,
  },
  proof_missing: {
    make: ({ accessToken }) => fetch(orders, { headers: { Authorization: `DPoP ${accessToken}` } }),
    what: /without a DPoP header/, mend: /a proof for each request/,
  },
  bearer_scheme: {
    make: ({ accessToken }) => fetch(orders, { headers: { Authorization: `Bearer ${accessToken}` } }),
    what: /sent as Bearer/, mend: /Write the scheme DPoP/,
  },
  proof_reused: {
    make: async ({ prove, call }) => {
      const proof = await prove();
      await call(proof);
      return call(proof);
    },
    what: /same proof was sent before/, mend: /new proof for each request.*retry/,
  },
  jti_reused: {
    make: async ({ prove, call }) => {
      const jti = crypto.randomUUID();
      await call(await prove({ claims: { jti } }));
      return call(await prove({ claims: { jti, iat: Math.floor(Date.now() / 1000) - 1 } }));
    },
    what: /jti is that of another proof/, mend: /new jti for each proof.*crypto\.randomUUID/,
  },
  jti_too_short: {
    make: async ({ prove, call }) => call(await prove({ claims: { jti: '1' } })),
    what: /96 random bits/, mend: /neither a counter nor a time/, status: 200,
  },
  htm_in_other_case: {
    make: async ({ prove, call }) => call(await prove({ method: 'get' })),
    what: /not the method, letter by letter/, mend: /fetch makes GET of get, but leaves patch/,
  },
  htm_of_other_method: {
    make: async ({ prove, call }) => call(await prove({ method: 'GET' }), { method: 'DELETE' }),
    what: /for another method/, mend: /the method that is sent/,
  },
  htu_with_query: {
    make: async ({ prove, call }) => call(await prove({ claims: { htu: orders } })),
    what: /a query or a fragment/, mend: /origin and pathname/, status: 200,
  },
  htu_not_absolute: {
    make: async ({ prove, call }) => call(await prove({ claims: { htu: '/orders' } })),
    what: /no absolute/, mend: /scheme and host too/,
  },
  htu_of_other_url: {
    make: async ({ prove, call }) => call(await prove({ url: `${api}/orders/` })),
    what: /for another URL/, mend: /the very URL that is fetched.*slash at the end/,
  },
  nonce_not_used: {
    nonces: 'single-use',
    make: async ({ prove, call }) => call(await prove()),
    what: /demanded a nonce, and the request did not come again/, mend: /take its DPoP-Nonce.*send the request again/,
  },
  nonce_stale: {
    nonces: 'single-use',
    make: async ({ prove, call }) => {
      const nonce = (await call(await prove())).headers.get('DPoP-Nonce')!;
      await call(await prove({ nonce }));
      return call(await prove({ nonce }));
    },
    what: /no longer takes/, mend: /Keep the DPoP-Nonce of every answer, of a 200 too/,
  },
  nonce_of_other_server: {
    nonces: 'window',
    make: async ({ servers, prove, call, redeem }) => {
      const { token } = servers.authorizationServer.endpoints;
      const nonce = (await redeem(await prove({ method: 'POST', url: token, claims: { ath: undefined } }))).headers.get('DPoP-Nonce')!;
      await redeem(await prove({ method: 'POST', url: token, nonce, claims: { ath: undefined } }));
      const answer = await call(await prove({ nonce }));
      return call(await prove({ nonce: answer.headers.get('DPoP-Nonce')! }));
    },
    what: /given by another server/, mend: /Keep nonces by server/, status: 200,
  },
  ath_missing: {
    make: async ({ prove, call }) => call(await prove({ claims: { ath: undefined } })),
    what: /no ath/, mend: /base64url of the SHA-256/,
  },
  ath_of_other_token: {
    make: async ({ prove, call }) => call(await prove({ accessToken: 'another' })),
    what: /not the hash of the access token/, mend: /after a refresh, hash the new token/,
  },
  ath_without_token: {
    make: async ({ servers, prove, redeem }) => redeem(await prove({ method: 'POST', url: servers.authorizationServer.endpoints.token })),
    what: /has an ath/, mend: /Leave ath out/,
  },
  key_of_other_token: {
    make: async ({ prove, call, thief }) => call(await prove({ key: thief })),
    what: /another key/, mend: /Keep one key.*log in again/,
  },
  private_key_in_proof: {
    make: async ({ prove, call, key }) => {
      const { d } = await crypto.subtle.exportKey('jwk', key.privateKey);
      return call(await prove({ header: { jwk: { ...key.publicJwk, d } } }));
    },
    what: /holds a private key/, mend: /Export the public key alone.*throw this key away/,
  },
  alg_not_of_key: {
    make: async ({ prove, call }) => call(await prove({ header: { alg: 'Ed25519' } })),
    what: /does not fit the key/, mend: /ES256 for P-256/,
  },
  alg_not_taken: {
    make: async ({ prove, call }) => call(await prove({ header: { alg: 'HS256' } })),
    what: /none that this server takes/, mend: /Choose from algs/,
  },
  typ_wrong: {
    make: async ({ prove, call }) => call(await prove({ header: { typ: 'JWT' } })),
    what: /typ of the proof/, mend: /typ: dpop\+jwt/,
  },
  claims_missing: {
    make: async ({ prove, call }) => call(await prove({ claims: { iat: String(Date.now()) } })),
    what: /lacks jti, htm, htu or iat/, mend: /iat is a number/,
  },
  iat_in_milliseconds: {
    make: async ({ prove, call }) => call(await prove({ claims: { iat: Date.now() } })),
    what: /in milliseconds/, mend: /Math\.floor\(Date\.now\(\) \/ 1000\)/,
  },
  clock_wrong: {
    make: async ({ prove, call }) => call(await prove({ claims: { iat: Math.floor(Date.now() / 1000) - 3600 } })),
    what: /too far from the time of the server/, mend: /correct iat by the Date/,
  },
  bad_signature: {
    make: async ({ prove, call, thief }) => call(await prove({ signer: thief })),
    what: /signature of the proof is wrong/, mend: /64 bytes of r and s, not DER/,
  },
  not_a_jwt: {
    make: ({ call, key }) => call(key.jkt),
    what: /holds no signed JWT/, mend: /header\.payload\.signature/,
  },
  several_proofs: {
    make: async ({ prove, call }) => call(`${await prove()}, ${await prove()}`),
    what: /more than one proof/, mend: /Set the DPoP header, and do not append/,
  },
  malformed_proof: {
    make: async ({ prove, call }) => call(await prove({ header: { crit: ['b64'], b64: false } })),
    what: /not well formed/, mend: /Leave out crit/,
  },
  proof_without_token: {
    make: async ({ prove }) => fetch(orders, { headers: { DPoP: await prove() } }),
    what: /no access token/, mend: /Send the access token beside it/,
  },
  token_in_query: {
    make: async ({ prove, call, accessToken }) => call(await prove(), { url: `${api}/orders?access_token=${accessToken}` }),
    what: /stands in the URL/, mend: /URLs end up in logs/,
  },
  malformed_request: {
    make: async ({ prove, accessToken }) => fetch(orders, { headers: { Authorization: `DPoP token ${accessToken}`, DPoP: await prove() } }),
    what: /Authorization header/, mend: /DPoP, a space, the access token/,
  },
  token_of_other_audience: {
    make: async ({ prove, key }) => {
      const others = await mockServers({ issuer: 'https://other.example', replicas: [api] });
      const { accessToken } = await others.authorizationServer.issue({ sub: 'alice', clientId: others.client.clientId, jkt: key.jkt });
      return fetch(orders, { headers: { Authorization: `DPoP ${accessToken}`, DPoP: await prove({ accessToken }) } });
    },
    what: /another issuer, or for another API/, mend: /the API that it was issued for/,
  },
  token_sent_elsewhere: {
    make: ({ accessToken }) => fetch(`${elsewhere}/orders?page=secret-page`, { headers: { Authorization: `Bearer ${accessToken}` } }),
    what: /was sent in Authorization to an origin that is none of them/, mend: /a list of origins only/, status: 200,
  },
};

describe('msw: what a naive client does wrong', () => {
  let servers: MockServers;
  let naive: Naive;
  let release: () => Promise<void>;
  const told: Mistake[] = [];

  before(async () => {
    servers = await mockServers({ issuer, replicas: [api], nonces: 'none', onMistake: (mistake) => void told.push(mistake) });
    release = await intercept([...servers.handlers, http.all(`${elsewhere}/*`, () => HttpResponse.json({}))]);
    naive = await createNaive(servers);
  });

  beforeEach(() => {
    servers.takeMistakes();
    told.splice(0);
  });
  afterEach(() => servers.trouble({ nonces: 'none', clockSkewSeconds: 0 }));
  after(() => release());

  for (const [code, { nonces = 'none', make, what, mend, status }] of Object.entries(cases)) {
    it(`${code}: says what is wrong and how to mend it`, async () => {
      await servers.trouble({ nonces });
      const answer = (await make(naive)) as Response;
      if (status !== undefined) assert.equal(answer.status, status);
      else assert.isFalse(answer.ok);
      const taken = servers.takeMistakes();
      assert.deepEqual(taken.map((mistake) => mistake.code), [code]);
      const [mistake] = taken as [Mistake];
      assert.match(mistake.what, what);
      assert.match(mistake.mend, mend);
      assert.match(mistake.clause, /^RFC \d{4} §/);
      for (const part of [mistake.what, mistake.mend, mistake.clause, mistake.request, code]) assert.include(mistake.message, part);
      assert.notMatch(mistake.message, /secret-page|eyJ|[\w-]{43}/, 'no query, no token, no proof, no nonce');
    });
  }

  it('prints no token and no proof that stands in the path of a URL (RFC 9700 §4.3.2)', async () => {
    const proof = await naive.prove();
    for (const secret of [naive.accessToken, proof]) await fetch(`${api}/orders/${secret}/items.min.js?page=2`, { headers: { Authorization: `Bearer ${naive.accessToken}` } });
    const taken = servers.takeMistakes();
    assert.deepEqual(taken.map(({ request }) => request), Array(2).fill(`GET ${api}/orders/(JWT)/items.min.js`));
    for (const { message } of taken) assert.notMatch(message, /eyJ|[\w-]{43}/);
  });

  it('tells of a mistake when it is made, and to whoever observes', async () => {
    const exchanges: Exchange[] = [];
    const stop = servers.observe((exchange) => void exchanges.push(exchange));
    await naive.call(await naive.prove({ claims: { htu: orders } }));
    await naive.call(await naive.prove());
    stop();
    assert.deepEqual(told.map(({ code, request }) => [code, request]), [['htu_with_query', `GET ${api}/orders`]]);
    assert.deepEqual(exchanges.map((exchange) => exchange.mistakes.map(({ code }) => code)), [['htu_with_query'], []]);
    assert.isTrue(exchanges[0]?.decision?.ok, 'a verifier ignores the query (§4.3 (9))');
  });

  it('sees the same mistakes at the token endpoint', async () => {
    const { token: url } = servers.authorizationServer.endpoints;
    const prove = (claims: object = {}) => naive.prove({ method: 'POST', url, claims: { ath: undefined, ...claims } });
    await naive.redeem(await prove({ htu: `${url}?a=1` }));
    await naive.redeem(await prove({ htm: 'post' }));
    await naive.redeem(await prove({ jti: '2' }));
    const proof = await prove();
    await naive.redeem(proof);
    await naive.redeem(proof);
    assert.deepEqual(servers.takeMistakes().map(({ code }) => code), ['htu_with_query', 'htm_in_other_case', 'jti_too_short', 'proof_reused']);
  });

  it('sees a retry that was signed with the old jti, which no verifier can see', async () => {
    await servers.trouble({ nonces: 'window' });
    const jti = crypto.randomUUID();
    const nonce = (await naive.call(await naive.prove({ claims: { jti } }))).headers.get('DPoP-Nonce')!;
    const answer = await naive.call(await naive.prove({ nonce, claims: { jti } }));
    assert.equal(answer.status, 200);
    assert.deepEqual(servers.takeMistakes().map(({ code }) => code), ['jti_reused']);
  });

  it('sees no mistake in what the client mends when it is told: nonce, clock, algorithm', async () => {
    await servers.trouble({ nonces: 'window' });
    const nonce = (await naive.call(await naive.prove())).headers.get('DPoP-Nonce')!;
    await naive.call(await naive.prove({ nonce }));
    await servers.trouble({ nonces: 'none' });
    await naive.call(await naive.prove({ claims: { iat: 1 } }));
    await naive.call(await naive.prove({ header: { alg: 'HS256' } }));
    assert.equal((await naive.call(await naive.prove())).status, 200);
    servers.assertClean();
  });

  it('asks for no nonce that the client cannot read', async () => {
    await servers.trouble({ nonces: 'window', hideHeaders: true });
    await naive.call(await naive.prove());
    await servers.trouble({ hideHeaders: false });
    servers.assertClean();
  });

  it('assertClean throws all of it once, each kind in one line', async () => {
    servers.assertClean();
    await naive.call(await naive.prove({ claims: { htu: orders } }));
    await naive.call(await naive.prove({ claims: { htu: orders } }));
    await fetch(orders, { headers: { Authorization: `Bearer ${naive.accessToken}` } });
    const lines = thrownBy(() => servers.assertClean()).split('\n');
    assert.equal(lines[0], 'keybound/msw: the client made mistakes.');
    assert.match(lines[1]!, /^- GET https:\/\/api\.example\/orders: The htu has a query.*\(htu_with_query, RFC 9449 §4\.2\), 2 times$/);
    assert.match(lines[2]!, /^- GET https:\/\/api\.example\/orders: The access token was sent as Bearer\./);
    assert.lengthOf(lines, 3);
    servers.assertClean();
  });

  it('reset forgets the mistakes', async () => {
    const other = await mockServers({ issuer, replicas: [api], onMistake: () => {} });
    await other.fetch(orders, { headers: { Authorization: 'Bearer a.b.c' } });
    await other.reset();
    other.assertClean();
  });

  it('a listener that throws costs no answer', async () => {
    const other = await mockServers({ issuer, replicas: [api], onMistake: () => { throw new Error('broken'); } });
    assert.equal((await other.fetch(orders, { headers: { Authorization: 'Bearer a.b.c' } })).status, 401);
    assert.match(thrownBy(() => other.assertClean()), /sent as Bearer/);
  });

  it('prints to the console where nobody listens, one line each', async () => {
    const other = await mockServers({ issuer, replicas: [api] });
    const { warn } = console;
    const printed: unknown[][] = [];
    console.warn = (...line: unknown[]) => void printed.push(line);
    try {
      await other.fetch(orders, { headers: { Authorization: 'Bearer a.b.c' } });
    } finally {
      console.warn = warn;
    }
    const { what, mend, clause } = mistakes.bearer_scheme;
    assert.deepEqual(printed, [[`keybound/msw: GET ${api}/orders: ${what} ${mend} (bearer_scheme, ${clause})`]]);
  });

  it('takes origins that may have the token for what they are: the audience, and those that are named', async () => {
    const legacy = 'https://legacy.example';
    const other = await mockServers({ issuer, audience: api, otherOrigins: [legacy], onMistake: () => {} });
    const { accessToken } = await other.authorizationServer.issue({ sub: 'alice', clientId: other.client.clientId, jkt: naive.key.jkt });
    const send = (url: string) => other.fetch(url, { headers: { Authorization: `Bearer ${accessToken}` } }).catch(() => {});
    await send(orders);
    await send(`${legacy}/orders`);
    other.assertClean();
    await send(`${legacy}.evil.example/orders`);
    assert.deepEqual(other.takeMistakes().map(({ request }) => request), [`GET ${legacy}.evil.example/orders`]);
  });

  for (const nonces of ['none', 'window', 'single-use'] as const) {
    it(`has nothing to say of Keybound, under nonces: ${nonces}, when they die, and when the clock is wrong`, async () => {
      await servers.trouble({ nonces });
      const keybound = await createKeybound({ name: crypto.randomUUID(), authorizationServers: [issuer] });
      const { token: url } = servers.authorizationServer.endpoints;
      const answer = await keybound.fetch(url, { method: 'POST', body: await servers.logIn('alice') });
      const { access_token: accessToken } = (await answer.json()) as TokenAnswer;
      const protectedFetch = keybound.protect({ origins: [api], accessToken: () => accessToken });
      const read = async (count: number) => {
        const answers = await Promise.all(Array.from({ length: count }, () => protectedFetch(orders)));
        assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
      };
      await read(8);
      await servers.expireNonces();
      await read(8);
      await servers.trouble({ clockSkewSeconds: -600 });
      await read(1);
      await keybound.destroy();
      servers.assertClean();
    });
  }
});

async function createNaive(servers: MockServers): Promise<Naive> {
  const [key, thief] = await Promise.all([generateProofKey(), generateProofKey()]);
  const { token: tokenUrl } = servers.authorizationServer.endpoints;
  const redeem: Naive['redeem'] = async (proof) =>
    fetch(tokenUrl, { method: 'POST', body: await servers.logIn('alice'), headers: { ...(proof !== undefined && { DPoP: proof }) } });
  const nowSeconds = () => Math.floor(Date.now() / 1000);
  const first = await redeem(await makeProof({ key, method: 'POST', url: tokenUrl, nowSeconds: nowSeconds() }));
  const { access_token: accessToken } = (await first.json()) as TokenAnswer;
  return {
    servers, key, thief, accessToken, redeem,
    prove: (bent) => makeProof({ key, url: orders, accessToken, nowSeconds: nowSeconds(), ...bent }),
    call: (proof, { url = orders, ...init } = {}) =>
      fetch(url, { ...init, headers: { Authorization: `DPoP ${accessToken}`, DPoP: proof } }),
  };
}

function thrownBy(run: () => void): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail('it should have thrown');
}
