/**
 * The guides for Auth0, Okta and Keycloak: their code as it stands, code to token to API, against servers that behave as
 * the vendors document their wires. The vendors themselves cannot be reached from here.
 */

import { assert } from 'chai';
import type { Keybound } from '../../src/index.ts';
import { createResourceServer, memoryReplayStore, type ResourceServer, type TrustedIssuer } from '../../src/resource-server.ts';
import { answerWith, apiOrigin, bodyOf, createStage, logIn, readToken, type GuidePage, type Stage } from './stage.ts';
import { auth0 } from './wires/auth0.ts';
import { keycloak } from './wires/keycloak.ts';
import { okta } from './wires/okta.ts';
import type { Vendor, Wire } from './wires/wire.ts';

interface Guide {
  readonly title: string;
  readonly document: string;
  readonly vendor: Vendor;
  /** The answers of the token endpoint to the first token request. */
  readonly firstAnswers: readonly string[];
  /** What a token request without a proof gets. */
  readonly withoutProof: Record<string, string>;
  readonly typ: string | undefined;
  readonly sub: string;
}

const guides: readonly Guide[] = [
  { title: 'Auth0', document: 'docs/guides/auth0.md', vendor: auth0('rfc9068'), firstAnswers: ['use_dpop_nonce', 'DPoP'], withoutProof: { error: 'invalid_dpop_proof' }, typ: 'at+jwt', sub: 'auth0|alice' },
  { title: 'Okta', document: 'docs/guides/okta.md', vendor: okta, firstAnswers: ['use_dpop_nonce', 'DPoP'], withoutProof: { error: 'invalid_dpop_proof', error_description: 'The DPoP proof JWT header is missing.' }, typ: undefined, sub: 'alice@example.com' },
  { title: 'Keycloak', document: 'docs/guides/keycloak.md', vendor: keycloak, firstAnswers: ['DPoP'], withoutProof: { error: 'invalid_request', error_description: 'DPoP proof is missing' }, typ: 'JWT', sub: 'alice' },
];

for (const { title, document, vendor, firstAnswers, withoutProof, typ, sub } of guides) {
  describe(`guide: ${title}`, () => {
    let stage: Stage;
    let wire: Wire;
    let page: GuidePage;
    let resourceServer: ResourceServer;

    beforeEach(async () => {
      stage = createStage(document);
      wire = await stage.startWire(vendor);
      ({ resourceServer } = await stage.samples.run<{ resourceServer: ResourceServer }>('api', 'resourceServer'));
      await stage.serve(apiOrigin, answerWith(resourceServer));
      page = await stage.openPage();
    });
    afterEach(() => stage.close());

    const told = () => wire.answers.map(({ error, tokenType }) => error ?? tokenType);

    it('its page and its API: login, call, refresh, call', async () => {
      await logIn(page, wire);
      assert.deepEqual(told(), [...firstAnswers]);
      const { header, claims } = readToken(page.login.token().accessToken);
      assert.deepEqual([header.alg, header.typ, claims.cnf], ['RS256', typ, { jkt: page.keybound.jkt }]);
      assert.equal((await bodyOf(await page.api(`${apiOrigin}/orders`))).sub, sub);

      const before = page.login.token().accessToken;
      await page.login.renew();
      assert.notEqual(page.login.token().accessToken, before);
      assert.deepEqual(told(), [...firstAnswers, 'DPoP'], 'a nonce that is still good costs no second challenge');
      assert.equal((await bodyOf(await page.api(`${apiOrigin}/orders`, { method: 'POST', body: 'x' }))).sub, sub);
    });

    it('a token that was stolen is refused: without a proof, and with a proof of another key', async () => {
      await logIn(page, wire);
      const { accessToken } = page.login.token();
      const steal = async (headers: Record<string, string>) => (await fetch(`${apiOrigin}/orders`, { headers })).json() as Promise<{ code: string }>;
      assert.equal((await steal({ Authorization: `Bearer ${accessToken}` })).code, 'bearer_downgrade');
      assert.equal((await steal({ Authorization: `DPoP ${accessToken}` })).code, 'proof_missing');
      const { createKeybound } = await import('../../src/index.ts');
      const thief: Keybound = await createKeybound({ name: 'thief', algorithms: ['ES256'] });
      // Its own nonce, from its own challenge.
      const prove = async (nonce?: string) => thief.proof({ method: 'GET', url: `${apiOrigin}/orders`, accessToken, ...(nonce && { nonce }) });
      const challenge = await fetch(`${apiOrigin}/orders`, { headers: { Authorization: `DPoP ${accessToken}`, DPoP: await prove() } });
      const proof = await prove(challenge.headers.get('DPoP-Nonce')!);
      assert.equal((await steal({ Authorization: `DPoP ${accessToken}`, DPoP: proof })).code, 'proof_key_not_bound_to_token');
      await thief.destroy();
    });

    it('a refresh token is of no use to another key', async () => {
      await logIn(page, wire);
      const { refresh_token } = JSON.parse(localStorage.getItem('tokens')!) as { refresh_token: string };
      const { createKeybound } = await import('../../src/index.ts');
      const thief = await createKeybound({ name: 'thief', algorithms: ['ES256'], authorizationServers: [vendor.origin] });
      const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token, client_id: 'SPA_CLIENT_ID' });
      const answer = await thief.fetch(vendor.origin + vendor.paths.token, { method: 'POST', body });
      assert.equal(answer.status, 400);
      assert.deepInclude(await answer.json(), { error: 'invalid_grant' });
      await thief.destroy();
    });

    it('its ID token is no access token', async () => {
      await logIn(page, wire);
      const { keybound, login } = page;
      const idToken = wire.idTokens.at(-1)!;
      const wrong = keybound.protect({ origins: [apiOrigin], accessToken: () => idToken });
      assert.equal(((await (await wrong(`${apiOrigin}/orders`)).json()) as { code: string }).code, 'token_not_for_this_server');
      assert.isString(login.token().accessToken);
    });

    it('a token request without a proof is refused as it documents', async () => {
      const answer = await fetch(vendor.origin + vendor.paths.token, { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code', code: 'x' }) });
      assert.equal(answer.status, 400);
      assert.deepInclude(await answer.json(), withoutProof);
    });
  });
}

describe('guide: Auth0, its own profile of access tokens', () => {
  let stage: Stage;
  afterEach(() => stage.close());

  it('passes with the settings of the guide, and with the defaults it does not', async () => {
    stage = createStage('docs/guides/auth0.md');
    const wire = await stage.startWire(auth0('auth0'));
    const { issuer } = await stage.samples.run<{ issuer: TrustedIssuer }>('own-profile', 'issuer');
    const common = { publicUrl: new URL(apiOrigin), replayStore: memoryReplayStore() };
    await stage.serve(apiOrigin, answerWith(createResourceServer({ ...common, issuers: [issuer] })));
    const page = await stage.openPage();
    await logIn(page, wire);
    assert.equal(readToken(page.login.token().accessToken).header.typ, 'JWT');
    assert.equal((await bodyOf(await page.api(`${apiOrigin}/orders`))).azp, 'SPA_CLIENT_ID');

    const { tokenTypes: _, requiredClaims: __, ...byDefault } = issuer;
    await stage.serve(apiOrigin, answerWith(createResourceServer({ ...common, issuers: [byDefault] })));
    assert.equal(((await (await page.api(`${apiOrigin}/orders`)).json()) as { code: string }).code, 'token_not_for_this_server');
  });
});

describe("guide: Okta, the nonce's life", () => {
  it('a nonce that was renewed meanwhile is still good; one that has ended costs one challenge', async () => {
    const stage = createStage('docs/guides/okta.md');
    try {
      const wire = await stage.startWire(okta);
      const page = await stage.openPage();
      await logIn(page, wire);
      wire.renewNonce(); // a day later
      await page.login.renew();
      wire.renewNonce();
      wire.renewNonce(); // three days later
      await page.login.renew();
      const told = wire.answers.map(({ error, tokenType }) => error ?? tokenType);
      assert.deepEqual(told, ['use_dpop_nonce', 'DPoP', 'DPoP', 'use_dpop_nonce', 'DPoP']);
    } finally {
      await stage.close();
    }
  });
});

describe('guide: Keycloak, a clock that is wrong', () => {
  for (const [aheadSeconds, outcome] of [[20, 'a token'], [60, 'invalid_request']] as const) {
    it(`a device that is ${aheadSeconds} seconds behind gets ${outcome}`, async () => {
      const stage = createStage('docs/guides/keycloak.md');
      try {
        const wire = await stage.startWire(keycloak);
        wire.clockAheadSeconds = aheadSeconds;
        const page = await stage.openPage();
        const error = await logIn(page, wire).then(() => undefined, (cause: { error?: string }) => cause.error);
        assert.equal(error ?? 'a token', outcome);
      } finally {
        await stage.close();
      }
    });
  }
});
