/** An OpenID provider's tokens and our proofs: at APIs that other people's code guards, and in a thief's hands. */

import { assert } from 'chai';
import { createKeybound, createProof, createSigner, type Keybound } from '../../src/index.ts';
import type { TestServers } from '../servers/start.ts';
import type { Validator } from '../servers/validators.ts';
import { named } from '../support/versions.ts';
import { algorithms, openAppFrame, settingsOf, type AppFrame } from './app-frame.ts';
import type { Pending, Tokens } from './clients/client.ts';

interface Ask {
  prove(nonce?: string): Promise<string>;
  readonly accessToken: string;
}

/** One GET, and once more where the answer asks for a nonce; tells what it has sent. */
async function ask(url: string, { prove, accessToken }: Ask) {
  const send = async (nonce?: string) => {
    const headers = { Authorization: `DPoP ${accessToken}`, DPoP: await prove(nonce) };
    return { headers, response: await fetch(url, { headers }) };
  };
  const first = await send();
  const isChallenge = first.response.headers.get('WWW-Authenticate')?.includes('use_dpop_nonce');
  return isChallenge ? send(first.response.headers.get('DPoP-Nonce')!) : first;
}

const provider = named('oidc-provider');

describe('interop: our client, their servers', () => {
  for (const algorithm of algorithms) {
    describe(algorithm, () => {
      let servers: TestServers;
      let frame: AppFrame;
      let tokens: Tokens;
      let keybound: Keybound;
      let thief: Keybound;
      const urlAt = (validator: Validator) => `${servers.openId[algorithm].apis[validator]}/orders`;
      const tokenUrl = () => `${servers.openId[algorithm].issuer}/token`;

      before(async () => {
        servers = (await (await fetch('/test-servers.json')).json()) as TestServers;
        const settings = settingsOf(servers, 'none', algorithm);
        frame = await openAppFrame(settings);
        const options = { algorithms: algorithm === 'Ed25519' ? ['Ed25519', 'ES256'] : [algorithm], authorizationServers: [settings.issuer] };
        thief = await createKeybound({ name: crypto.randomUUID(), ...options });
        keybound = await createKeybound({ name: settings.name, ...options });
        assert.equal(keybound.jkt, frame.app.keybound.jkt);
        await frame.leave((app) => app.logIn());
        await frame.app.redeem();
        tokens = await frame.app.refresh();
      });
      after(async () => {
        await Promise.all([keybound.destroy(), thief.destroy()]);
        frame.remove();
      });

      const verifiers: [string, Validator][] = [
        ['keybound/resource-server', 'keybound'],
        [`${named('oauth4webapi')}'s validateJwtAccessToken`, 'oauth4webapi'],
        [named('express-oauth2-jwt-bearer'), 'express-oauth2-jwt-bearer'],
        [`${named('jose')}, by hand`, 'jose'],
      ];
      for (const [peer, validator] of verifiers) {
        const isRenamed = validator === 'express-oauth2-jwt-bearer' && algorithm === 'Ed25519';
        const what = isRenamed
          ? 'knows Ed25519 by its older name alone (RFC 9864): refuses the proof, says so in algs, and takes the next one, as EdDSA'
          : 'takes the token and the proof';
        it(`keybound at ${peer}: ${what}, ${algorithm}`, async () => {
          const api = keybound.protect({ origins: [new URL(urlAt(validator)).origin], accessToken: () => tokens.access_token });
          const statuses: number[] = [];
          keybound.addEventListener('answer', ({ detail }) => statuses.push(detail.status));
          const response = await api(`${urlAt(validator)}?page=2`);
          assert.deepEqual(await response.json(), { sub: 'alice', alg: isRenamed ? 'EdDSA' : algorithm });
          const hasNonces = ['keybound', 'jose'].includes(validator);
          assert.deepEqual(statuses, hasNonces ? [401, 200] : isRenamed ? [400, 200] : [200]);
        });

        it(`keybound at ${peer}: refuses the token with another key's proof, and as Bearer (RFC 9449 §7.1, §7.2), ${algorithm}`, async () => {
          const { access_token: accessToken } = tokens;
          const signer = await createSigner({ algorithms: [isRenamed ? 'EdDSA' : algorithm] });
          const url = urlAt(validator);
          const { response } = await ask(url, { accessToken, prove: (nonce) => createProof(signer, { method: 'GET', url, accessToken, nonce }) });
          assert.equal(response.status, 401);
          assert.notInclude(response.headers.get('WWW-Authenticate'), 'use_dpop_nonce');
          const asBearer = await fetch(url, { headers: { Authorization: `Bearer ${accessToken}` } });
          assert.oneOf(asBearer.status, [400, 401]);
        });

        // A proof that is made by hand is not made again under the older name.
        if (isRenamed) continue;
        const remembers = ['keybound', 'jose'].includes(validator);
        const twice = remembers ? 'refuses a proof that it has seen' : 'takes a proof twice, since it keeps no jti';
        it(`keybound at ${peer}: ${twice} (RFC 9449 §11.1), ${algorithm}`, async () => {
          const { access_token: accessToken } = tokens;
          const url = urlAt(validator);
          const prove = (nonce?: string) => keybound.proof({ method: 'GET', url, accessToken, nonce });
          const { response, headers } = await ask(url, { prove, accessToken });
          assert.equal(response.status, 200);
          assert.equal((await fetch(url, { headers })).status, remembers ? 401 : 200);
        });
      }

      it(`keybound at ${provider}: a code that was stolen is refused to another key, invalid_grant (RFC 9449 §10), ${algorithm}`, async () => {
        const { clientId, openIdRedirectUri } = servers;
        await frame.leave((app) => app.logIn());
        const { verifier } = JSON.parse(sessionStorage.getItem('pending')!) as Pending;
        const code = frame.url.searchParams.get('code')!;
        const form = { grant_type: 'authorization_code', code, code_verifier: verifier, client_id: clientId, redirect_uri: openIdRedirectUri };
        const response = await thief.fetch(tokenUrl(), { method: 'POST', body: new URLSearchParams(form) });
        assert.propertyVal(await response.json(), 'error', 'invalid_grant');
      });

      it(`keybound at ${provider}: a refresh token that was stolen is refused to another key, and without a proof, invalid_grant (RFC 9449 §5), ${algorithm}`, async () => {
        const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token!, client_id: servers.clientId };
        const request = { method: 'POST', body: new URLSearchParams(form) };
        for (const send of [thief.fetch, fetch]) {
          assert.propertyVal(await (await send(tokenUrl(), request)).json(), 'error', 'invalid_grant');
        }
        const mine = await keybound.fetch(tokenUrl(), request);
        assert.equal(mine.status, 200, await mine.text());
      });

      it(`keybound at ${provider}: userinfo refuses the token as Bearer, and with another key's proof, invalid_token (RFC 9449 §7.1, §7.2), ${algorithm}`, async () => {
        const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token!, client_id: servers.clientId, scope: 'openid email' };
        const renewed = await keybound.fetch(tokenUrl(), { method: 'POST', body: new URLSearchParams(form) });
        const { access_token } = (await renewed.json()) as Tokens;
        const request = { headers: { Authorization: `Bearer ${access_token}` } };
        const userinfoUrl = `${servers.openId[algorithm].issuer}/me`;
        for (const send of [fetch, thief.fetch]) {
          assert.propertyVal(await (await send(userinfoUrl, request)).json(), 'error', 'invalid_token');
        }
        assert.deepInclude(await (await keybound.fetch(userinfoUrl, request)).json(), { email: 'alice@example.com' });
      });
    });
  }
});
