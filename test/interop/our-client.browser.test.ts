/** Our client in a page that logs in at somebody else's OpenID provider, and calls APIs that other people's code guards. */

import { assert } from 'chai';
import { decodeJwt, type JWTPayload } from 'jose';
import { createKeybound } from '../../src/index.ts';
import type { TestServers } from '../servers/start.ts';
import { named } from '../support/versions.ts';
import type { ClientName } from './app.ts';
import { algorithms, openAppFrame, settingsOf, type AppFrame } from './app-frame.ts';

describe('interop: our client, their servers', () => {
  const provider = named('oidc-provider');
  let servers: TestServers;
  let frame: AppFrame | undefined;
  before(async () => {
    servers = (await (await fetch('/test-servers.json')).json()) as TestServers;
  });
  afterEach(() => {
    frame?.remove();
  });

  const nonceChallenges = ['AS use_dpop_nonce', 'RS use_dpop_nonce'];
  const clients: [string, ClientName][] = [
    ['keybound', 'none'],
    [`keybound in ${named('oauth4webapi')}`, 'oauth4webapi'],
    [`keybound in ${named('openid-client')}`, 'openid-client'],
    [`keybound in ${named('oidc-client-ts')}, as the page's own fetch`, 'oidc-client-ts'],
  ];
  for (const [peer, client] of clients) {
    for (const algorithm of algorithms) {
      it(`${peer} at ${provider}: code with PKCE and dpop_jkt, userinfo, reload, refresh, API, logout, nonces at all, ${algorithm}`, async () => {
        const settings = settingsOf(servers, client, algorithm);
        frame = await openAppFrame(settings);
        const { jkt } = frame.app.keybound;
        assert.equal(frame.app.keybound.keyState, 'created');

        await frame.leave((app) => app.logIn());
        assert.deepInclude(frame.app.keybound, { jkt, keyState: 'restored' });
        const first = await frame.app.redeem();
        assert.match(first.token_type, /^dpop$/i);
        assert.equal((await frame.app.userinfo()).email, 'alice@example.com');
        assert.deepEqual(frame.app.challenges, nonceChallenges, 'at the token endpoint and at userinfo');

        await frame.reload();
        assert.deepInclude(frame.app.keybound, { jkt, keyState: 'restored' });
        const { access_token } = await frame.app.refresh();
        assert.deepInclude<JWTPayload>(decodeJwt(access_token), { iss: settings.issuer, sub: 'alice', cnf: { jkt } });
        const orders = await frame.app.call(`${settings.api}/orders?page=2`);
        assert.deepEqual(await orders.json(), { sub: 'alice', alg: algorithm });
        assert.deepEqual(frame.app.challenges, nonceChallenges, 'at the token endpoint and at the API');

        await frame.leave((app) => app.logOut());
        const afterLogout = await frame.app.refresh().catch((error: Error) => JSON.stringify(error) + error.message);
        assert.include(afterLogout, 'invalid_grant', 'with the login the grant ended');
        await frame.app.keybound.destroy();
        const next = await createKeybound({ name: settings.name });
        assert.equal(next.keyState, 'created');
        assert.notEqual(next.jkt, jkt);
        await next.destroy();
      });
    }
  }
});
