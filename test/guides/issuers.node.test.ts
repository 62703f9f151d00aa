/** The guides' issuers: one of one's own that learns DPoP by `bind`, and one in front of a server that has no DPoP. */

import { assert } from 'chai';
import type { Express } from 'express';
import { createServer } from 'node:http';
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import { createKeybound, type KeyboundError } from '../../src/index.ts';
import type { TokenRequest } from '../../src/authorization-server.ts';
import { createCors, createResourceServer, fromNode, memoryReplayStore, sendResponse } from '../../src/resource-server.ts';
import { installOwnIssuer, type OwnIssuer } from './own-issuer.ts';
import { pageOrigin } from './page-network.ts';
import { answerWith, apiOrigin, bodyOf, createStage, logIn, type Stage } from './stage.ts';
import { entra } from './wires/entra.ts';
import type { Wire } from './wires/wire.ts';

const loginOrigin = 'https://login.example.com';
type Handle = (request: Request) => Promise<Response>;

/** What a server in front does for the guide's handler: the URL that was called, and CORS. */
function inFront(handle: Handle, origin = loginOrigin): Handle {
  const cors = createCors({ origins: [pageOrigin] });
  return async (request) => {
    const preflight = cors.preflight(request);
    if (preflight) return preflight;
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    const body = method === 'GET' ? null : await request.arrayBuffer();
    const response = await handle(new Request(origin + pathname + search, { method, headers, body }));
    cors.headers(request).forEach((value, name) => response.headers.append(name, value));
    return response;
  };
}

describe('guide: an issuer of your own, by bind', () => {
  let stage: Stage;
  let own: OwnIssuer;
  let answerToken: (request: TokenRequest, form: URLSearchParams) => Promise<Response>;

  beforeEach(async () => {
    stage = createStage('docs/guides/bind.md');
    own = await installOwnIssuer();
    ({ answerToken } = await stage.samples.run<{ answerToken: typeof answerToken }>('issuer'));
    await stage.serve(loginOrigin, inFront(async (request) => answerToken(request, new URLSearchParams(await request.text()))));
    const issuers = [{ issuer: own.issuer, audience: apiOrigin, keys: own.jwks }];
    await stage.serve(apiOrigin, answerWith(createResourceServer({ issuers, publicUrl: new URL(apiOrigin), replayStore: memoryReplayStore() })));
  });
  afterEach(async () => {
    own.remove();
    Reflect.deleteProperty(globalThis, 'answerToken');
    await stage.close();
  });

  const redeem = async (send: typeof fetch, form: Record<string, string>) =>
    send(`${loginOrigin}/token`, { method: 'POST', body: new URLSearchParams(form) });

  it('our client: a code, a token with cnf, a call, a refresh', async () => {
    const keybound = await createKeybound({ authorizationServers: [loginOrigin] });
    const first = await bodyOf(await redeem(keybound.fetch, { code: own.grant(keybound.jkt) }));
    assert.equal(first.token_type, 'DPoP');
    assert.deepEqual(decodeJwt(first.access_token as string).cnf, { jkt: keybound.jkt });
    const api = keybound.protect({ origins: [apiOrigin], accessToken: () => first.access_token as string });
    assert.equal((await bodyOf(await api(`${apiOrigin}/orders`))).sub, 'alice');
    const second = await bodyOf(await redeem(keybound.fetch, { refresh_token: first.refresh_token as string }));
    assert.notEqual(second.access_token, first.access_token);
    await keybound.destroy();
  });

  it('oauth4webapi, with a key and proofs of its own', async () => {
    const server: oauth.AuthorizationServer = { issuer: own.issuer, token_endpoint: `${loginOrigin}/token` };
    const client: oauth.Client = { client_id: 'spa' };
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
    const refreshToken = own.grant();
    const ask = async () => oauth.processRefreshTokenResponse(server, client, await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refreshToken, { DPoP }));
    const answer = await ask().catch((error: unknown) => (oauth.isDPoPNonceError(error) ? ask() : Promise.reject(error)));
    assert.equal(answer.token_type, 'dpop');
    const { payload } = await jwtVerify(answer.access_token, createLocalJWKSet(own.jwks), { issuer: own.issuer, audience: apiOrigin, typ: 'at+jwt' });
    assert.deepEqual(payload.cnf, { jkt: await DPoP.calculateThumbprint() });
  });

  it('a stolen refresh token, and a stolen code, give nothing to another key, and are not used up', async () => {
    const [alice, thief] = [await createKeybound({ name: 'alice', authorizationServers: [loginOrigin] }), await createKeybound({ name: 'thief', authorizationServers: [loginOrigin] })];
    const { refresh_token } = (await bodyOf(await redeem(alice.fetch, { code: own.grant() }))) as { refresh_token: string };
    const code = own.grant(alice.jkt);
    const before = own.size();
    for (const form of [{ refresh_token }, { code }]) {
      const answer = await redeem(thief.fetch, form);
      assert.deepEqual([answer.status, await answer.json()], [400, { error: 'invalid_grant' }]);
    }
    assert.equal(own.size(), before);
    assert.equal((await redeem(alice.fetch, { refresh_token })).status, 200);
    assert.equal((await redeem(alice.fetch, { code })).status, 200);
    await Promise.all([alice.destroy(), thief.destroy()]);
  });

  it('two requests with one code get one token (RFC 6749 §4.1.2)', async () => {
    const { findGrant } = globalThis;
    const waiting: (() => void)[] = [];
    globalThis.findGrant = async (form) => {
      const grant = await findGrant(form);
      const bothFound = new Promise<void>((resolve) => waiting.push(resolve));
      if (waiting.length === 2) for (const resolve of waiting) resolve();
      await bothFound;
      return grant;
    };
    const keybound = await createKeybound({ authorizationServers: [loginOrigin] });
    const code = own.grant();
    const answers = await Promise.all([redeem(keybound.fetch, { code }), redeem(keybound.fetch, { code })]);
    assert.sameMembers(answers.map(({ status }) => status), [200, 400]);
    assert.deepEqual(await answers.find(({ status }) => status === 400)!.json(), { error: 'invalid_grant' });
    await keybound.destroy();
  });

  it('Express: a code gives a token with cnf; a form without a proof is 400 invalid_dpop_proof (RFC 9449 §5)', async () => {
    Object.assign(globalThis, { answerToken });
    const { app } = await stage.samples.run<{ app: Express }>('express', 'app');
    const cors = createCors({ origins: [pageOrigin] });
    const server = createServer((request, response) => {
      const seen = fromNode(request, { publicUrl: loginOrigin });
      cors.headers(seen).forEach((value, name) => response.setHeader(name, value));
      const preflight = cors.preflight(seen);
      if (preflight) void sendResponse(response, preflight);
      else app(request, response);
    });
    await stage.attach(loginOrigin, server);
    const keybound = await createKeybound({ authorizationServers: [loginOrigin] });
    const { access_token } = await bodyOf(await redeem(keybound.fetch, { code: own.grant() }));
    assert.deepEqual(decodeJwt(access_token as string).cnf, { jkt: keybound.jkt });
    const answer = await redeem(fetch, { code: own.grant() });
    assert.equal(answer.status, 400);
    assert.deepInclude(await answer.json(), { error: 'invalid_dpop_proof', code: 'proof_missing' });
    await keybound.destroy();
  });

  it('no proof: 400 invalid_dpop_proof (RFC 9449 §5)', async () => {
    const answer = await redeem(fetch, { code: own.grant() });
    assert.equal(answer.status, 400);
    assert.deepInclude(await answer.json(), { error: 'invalid_dpop_proof', code: 'proof_missing' });
  });
});

describe('guide: Entra ID, a server without DPoP', () => {
  let stage: Stage;

  beforeEach(() => {
    stage = createStage('docs/guides/entra.md');
    process.env.ENTRA_CLIENT_SECRET = 'a secret of the test';
  });
  afterEach(async () => {
    delete process.env.ENTRA_CLIENT_SECRET;
    await stage.close();
  });

  it('its tokens are Bearer, and neither protect nor the API takes them for bound', async () => {
    const wire = await stage.startWire(entra);
    const issuers = [{ issuer: entra.issuer, audience: 'api://travel', keys: new URL(entra.origin + entra.paths.keys), tokenTypes: ['JWT'], requiredClaims: ['sub', 'azp', 'scp'] }];
    await stage.serve(apiOrigin, answerWith(createResourceServer({ issuers, publicUrl: new URL(apiOrigin), replayStore: memoryReplayStore() })));
    const keybound = await createKeybound({ authorizationServers: [entra.origin] });
    const form = { grant_type: 'authorization_code', code_verifier: 'v'.repeat(43), client_id: 'ENTRA_CLIENT_ID' };
    const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(form.code_verifier))).toString('base64url');
    const query = new URLSearchParams({ client_id: form.client_id, redirect_uri: pageOrigin, state: 's', scope: 'api://travel/orders', code_challenge: challenge });
    const code = (await wire.visit(`${entra.origin}${entra.paths.authorize}?${query}`)).searchParams.get('code')!;
    const response = await keybound.fetch(entra.origin + entra.paths.token, { method: 'POST', body: new URLSearchParams({ ...form, code }) });
    const { access_token: accessToken, token_type: tokenType } = (await bodyOf(response)) as Record<string, string>;
    assert.equal(tokenType, 'Bearer');

    const api = keybound.protect({ origins: [apiOrigin], accessToken: () => ({ accessToken: accessToken!, tokenType: tokenType! }) });
    const error = await api(`${apiOrigin}/orders`).catch((cause: KeyboundError) => cause);
    assert.equal((error as KeyboundError).code, 'token-type');
    const naive = keybound.protect({ origins: [apiOrigin], accessToken: () => accessToken });
    assert.deepInclude(await (await naive(`${apiOrigin}/orders`)).json(), { code: 'proof_key_not_bound_to_token' });
    await keybound.destroy();
  });

  describe("an issuer of one's own behind its login, asked by hand", () => {
    let wire: Wire;
    const verifier = 'v'.repeat(43);

    /** Redeems a code, granted for these scopes and to the owner of `challenged`. */
    async function redeem({ scope = 'openid offline_access', challenged = verifier, ...form }: Record<string, string>): Promise<Response> {
      const code_challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(challenged))).toString('base64url');
      const query = new URLSearchParams({ client_id: 'ENTRA_CLIENT_ID', redirect_uri: pageOrigin, state: 's', scope, code_challenge });
      const code = (await wire.visit(`${entra.origin}${entra.paths.authorize}?${query}`)).searchParams.get('code')!;
      const keybound = await createKeybound({ name: crypto.randomUUID(), authorizationServers: [loginOrigin] });
      const body = new URLSearchParams({ grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: pageOrigin, ...form });
      const answer = await keybound.fetch(`${loginOrigin}/token`, { method: 'POST', body });
      await keybound.destroy();
      return answer;
    }

    beforeEach(async () => {
      wire = await stage.startWire({ ...entra, clientSecret: 'a secret of the test' });
      const { handle } = await stage.samples.run<{ handle: Handle }>('issuer');
      await stage.serve(loginOrigin, inFront(handle));
    });

    it('no grant of the page’s choice goes out with the secret (RFC 6749 §4.4)', async () => {
      for (const grant_type of ['client_credentials', 'password', '']) await redeem({ grant_type });
      assert.lengthOf(wire.answers, 3);
      for (const { grantType } of wire.answers) assert.equal(grantType, 'authorization_code');
    });

    it('a code without a verifier is refused, and Entra is not asked (RFC 7636 §4.6)', async () => {
      const answer = await redeem({ challenged: '', code_verifier: '' });
      assert.deepEqual([answer.status, await answer.json()], [400, { error: 'invalid_grant' }]);
      assert.isEmpty(wire.answers);
    });

    it('an answer without an ID token names no user, and is refused', async () => {
      const answer = await redeem({ scope: 'offline_access' });
      assert.deepEqual([answer.status, await answer.json()], [400, { error: 'invalid_grant' }]);
      assert.deepInclude(wire.answers.at(-1), { status: 200 });
    });
  });

  it("an issuer of one's own behind its login: the page gets bound tokens, and none of Entra's", async () => {
    const wire = await stage.startWire({ ...entra, clientSecret: 'a secret of the test' });
    const { handle } = await stage.samples.run<{ handle: Handle }>('issuer');
    await stage.serve(loginOrigin, inFront(handle));
    const issuers = [{ issuer: loginOrigin, audience: apiOrigin, keys: new URL(`${loginOrigin}/jwks`) }];
    await stage.serve(apiOrigin, answerWith(createResourceServer({ issuers, publicUrl: new URL(apiOrigin), replayStore: memoryReplayStore() })));
    const page = await stage.openPage();
    await logIn(page, wire);

    const kept = JSON.parse(localStorage.getItem('tokens')!) as Record<string, string>;
    const { iss, cnf } = decodeJwt(kept.access_token!);
    assert.deepEqual([iss, cnf, kept.token_type], [loginOrigin, { jkt: page.keybound.jkt }, 'dpop']);
    assert.equal((await bodyOf(await page.api(`${apiOrigin}/orders`))).sub, 'oid-of-alice');
    await page.login.renew();
    assert.lengthOf(wire.answers.filter(({ tokenType }) => tokenType === 'Bearer'), 2, 'Entra was asked each time');
    assert.equal((await bodyOf(await page.api(`${apiOrigin}/orders`))).sub, 'oid-of-alice');

    const thief = await createKeybound({ name: 'thief', authorizationServers: [loginOrigin] });
    const refresh = { grant_type: 'refresh_token', refresh_token: (JSON.parse(localStorage.getItem('tokens')!) as Record<string, string>).refresh_token! };
    const answer = await thief.fetch(`${loginOrigin}/token`, { method: 'POST', body: new URLSearchParams(refresh) });
    assert.deepEqual([answer.status, await answer.json()], [400, { error: 'invalid_grant' }]);
    await page.login.renew();
    await thief.destroy();
  });
});
