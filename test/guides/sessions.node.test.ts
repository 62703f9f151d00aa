/** The guides to tabs and to logout, in one tab. What tabs do to each other is tried in test/client, in browsers. */

import { assert } from 'chai';
import { decodeJwt } from 'jose';
import { createServer } from 'node:http';
import type { KeyboundError } from '../../src/index.ts';
import { createCors, createResourceServer, memoryReplayStore } from '../../src/resource-server.ts';
import { pageOrigin } from './page-network.ts';
import { answerWith, apiOrigin, bodyOf, createStage, logIn, type GuidePage, type Stage } from './stage.ts';
import type { Vendor, Wire } from './wires/wire.ts';

/** A server without peculiarities, whose tokens follow RFC 9068. */
const plain: Vendor = {
  origin: 'https://login.example.com',
  issuer: 'https://login.example.com',
  paths: { authorize: '/authorize', token: '/token', keys: '/jwks', revoke: '/revoke' },
  proofAlgorithms: ['Ed25519', 'EdDSA', 'ES256'],
  goodNonces: 1,
  nonceWanted: 'A nonce is wanted',
  proofRefusal: (fault) => ({ error: 'invalid_dpop_proof', error_description: fault }),
  accessToken: ({ clientId }) => ({ typ: 'at+jwt', claims: { sub: 'alice', aud: apiOrigin, client_id: clientId, jti: crypto.randomUUID() } }),
  exposedHeaders: ['DPoP-Nonce'],
};

const issuers = [{ issuer: plain.issuer, audience: apiOrigin, keys: new URL(`${plain.issuer}/jwks`) }];

describe('guide: several tabs', () => {
  let stage: Stage;
  let wire: Wire;
  let page: GuidePage;
  let assigned: string[];

  beforeEach(async () => {
    assigned = [];
    Object.assign(globalThis, { location: { assign: (url: string) => void assigned.push(url) } });
    stage = createStage('docs/guides/tabs.md');
    wire = await stage.startWire(plain);
    await stage.serve(apiOrigin, answerWith(createResourceServer({ issuers, publicUrl: new URL(apiOrigin), replayStore: memoryReplayStore() })));
    page = await stage.openPage('tab');
    await logIn(page, wire);
  });
  afterEach(async () => {
    await stage.close();
    Reflect.deleteProperty(globalThis, 'location');
  });

  it('what another tab has renewed is used, and not renewed again', async () => {
    const old = page.login.token().accessToken;
    await page.login.renew(); // as another tab does, which shares the storage
    const { sub, jti } = await bodyOf(await page.api(`${apiOrigin}/orders`));
    assert.deepEqual([sub, jti], ['alice', decodeJwt(page.login.token().accessToken).jti]);
    assert.notEqual(page.login.token().accessToken, old);
    assert.lengthOf(wire.answers.filter(({ tokenType }) => tokenType), 2);
  });

  it('requests whose token ends are answered after one renewal', async () => {
    const kept = JSON.parse(localStorage.getItem('tokens')!) as Record<string, string>;
    const { exp: _, ...rest } = decodeJwt(kept.access_token!);
    const ending = ['e30', Buffer.from(JSON.stringify({ ...rest, exp: Math.floor(Date.now() / 1000) + 2 })).toString('base64url'), 'AA'].join('.');
    localStorage.setItem('tokens', JSON.stringify({ ...kept, access_token: ending }));
    const answers = await Promise.all([1, 2, 3, 4].map(() => page.api(`${apiOrigin}/orders`)));
    assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200, 200]);
    assert.lengthOf(wire.answers.filter(({ tokenType }) => tokenType), 2);
  });

  it('a logout leads to where the listener says', async () => {
    await page.keybound.destroy();
    assert.deepEqual(assigned, ['/goodbye']);
  });
});

describe('guide: logout', () => {
  let stage: Stage;
  let wire: Wire;
  let logOut: () => Promise<void>;
  let page: GuidePage;

  beforeEach(async () => {
    stage = createStage('docs/guides/logout.md');
    wire = await stage.startWire(plain);
    Object.assign(globalThis, { issuers, answer: ({ sub }: { sub: string }, headers: Headers) => Response.json({ sub }, { headers }) });
    const { handle } = await stage.samples.run<{ handle: (request: Request) => Promise<Response> }>('api');
    const cors = createCors({ origins: [pageOrigin] });
    await stage.serve(apiOrigin, async (request) => {
      const preflight = cors.preflight(request);
      if (preflight) return preflight;
      const response = await handle(request);
      cors.headers(request).forEach((value, name) => response.headers.append(name, value));
      return response;
    });
    page = await stage.openPage('page', 'logOut');
    ({ logOut } = page as GuidePage & { logOut: () => Promise<void> });
    await logIn(page, wire);
  });
  afterEach(async () => {
    await stage.close();
    for (const name of ['issuers', 'answer']) Reflect.deleteProperty(globalThis, name);
  });

  it('the tokens go, the key goes, and requests reject with destroyed', async () => {
    assert.equal((await bodyOf(await page.api(`${apiOrigin}/orders`))).sub, 'alice');
    const { refresh_token } = JSON.parse(localStorage.getItem('tokens')!) as { refresh_token: string };
    assert.isTrue(wire.knows(refresh_token));
    await logOut();
    assert.isFalse(wire.knows(refresh_token), 'revoked');
    assert.isNull(localStorage.getItem('tokens'));
    const error = await page.api(`${apiOrigin}/orders`).catch((cause: KeyboundError) => cause);
    assert.equal((error as KeyboundError).code, 'destroyed');
  });

  it('a request that was made before, and arrives after, is refused at the API', async () => {
    const { accessToken } = page.login.token();
    const proof = async (nonce?: string) => page.keybound.proof({ method: 'GET', url: `${apiOrigin}/orders`, accessToken, ...(nonce && { nonce }) });
    const send = async (DPoP: string) => fetch(`${apiOrigin}/orders`, { headers: { Authorization: `DPoP ${accessToken}`, DPoP } });
    const nonce = (await send(await proof())).headers.get('DPoP-Nonce')!;
    const [before, after] = [await proof(nonce), await proof(nonce)];
    assert.equal((await send(before)).status, 200);
    await logOut();
    const answer = await send(after);
    assert.equal(answer.status, 401);
    assert.deepInclude(await answer.json(), { code: 'token_revoked' });
  });

  it('the login keeps the query that the authorization endpoint has (RFC 6749 §3.1), and leaves no code in the address bar', async () => {
    const paths = { ...plain.paths, authorize: '/authorize?policy=b2c&scope=none' };
    await stage.startWire({ ...plain, paths });
    const { login } = await stage.openPage('page');
    const { searchParams } = new URL(await login.begin());
    assert.deepEqual([searchParams.get('policy'), searchParams.getAll('scope'), searchParams.get('client_id')], ['b2c', ['openid offline_access'], 'spa']);
    assert.deepEqual(stage.shown, ['https://app.example.com/callback'], 'since the first login');
  });

  it('servers that never answer are no reason to stay', async () => {
    const { timeout } = AbortSignal;
    let late = new AbortController();
    const patience: number[] = [];
    AbortSignal.timeout = (ms) => {
      patience.push(ms);
      late = new AbortController();
      return late.signal;
    };
    try {
      // They take the request, and time goes by.
      const silent = () => createServer((message, response) => {
        const allow = { 'Access-Control-Allow-Origin': pageOrigin, 'Access-Control-Allow-Headers': 'authorization,dpop' };
        if (message.method === 'OPTIONS') response.writeHead(204, allow).end();
        else late.abort(new DOMException('Time is up', 'TimeoutError'));
      });
      for (const origin of [apiOrigin, plain.origin]) await stage.attach(origin, silent());
      await logOut();
    } finally {
      AbortSignal.timeout = timeout;
    }
    assert.deepEqual(patience, [5000, 5000], 'milliseconds, for the API and for the revocation');
    assert.isNull(localStorage.getItem('tokens'));
    const error = await page.api(`${apiOrigin}/orders`).catch((cause: KeyboundError) => cause);
    assert.equal((error as KeyboundError).code, 'destroyed');
  });

  it('an API that cannot be reached is no reason to stay', async () => {
    await stage.attach(apiOrigin, createServer((message) => message.socket.destroy()));
    await logOut();
    assert.isNull(localStorage.getItem('tokens'));
  });
});

