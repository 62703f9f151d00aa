/** A client that is not ours, by its own rules, through the whole of a session. */

import { assert } from 'chai';
import * as oauth from 'oauth4webapi';
import { memoryRevocation } from '../../src/authorization-server.ts';
import { agedMemory } from '../support/api.ts';
import { createLogin } from '../support/login.ts';

const redirectUri = 'https://app.example.com/callback';
const caller = { clientId: 'api', clientSecret: 'a secret of the api: + % & ~ and more' };

describe('authorization server: as oauth4webapi sees it', () => {
  for (const policy of ['none', 'window', 'single-use'] as const) {
    it(`discovery, pushed request, code, refresh, introspection, revocation; nonces: ${policy}`, async () => {
      // The client's clock cannot be set.
      const nowSeconds = () => Date.now() / 1000;
      const { server } = await createLogin({
        nonce: { policy }, nowSeconds, replayStore: agedMemory({ nowSeconds: nowSeconds() }), revocation: memoryRevocation(),
        authenticate: async () => ({ sub: 'alice' }), requirePushedRequests: true,
        introspectionCallers: [caller],
      });
      const through = { [oauth.customFetch]: (url: string, init: object) => server.fetch(new Request(url, init)) };
      const issuer = new URL(server.issuer);
      const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...through }));
      const app: oauth.Client = { client_id: 'spa' };
      const api: oauth.Client = { client_id: caller.clientId };
      const DPoP = oauth.DPoP(app, await oauth.generateKeyPair('ES256'));
      const options = { DPoP, ...through };

      /** Once more, where the server asks for its nonce. */
      async function persist<T>(ask: () => Promise<T>): Promise<T> {
        return ask().catch((error: unknown) => {
          if (!oauth.isDPoPNonceError(error)) throw error;
          return ask();
        });
      }

      const verifier = oauth.generateRandomCodeVerifier();
      const parameters = new URLSearchParams({
        response_type: 'code', redirect_uri: redirectUri, scope: 'orders', state: 'state',
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
      });
      const { request_uri } = await persist(async () => {
        const response = await oauth.pushedAuthorizationRequest(as, app, oauth.None(), parameters, options);
        return oauth.processPushedAuthorizationResponse(as, app, response);
      });
      const query = new URLSearchParams({ client_id: 'spa', request_uri });
      const back = await server.fetch(new Request(`${as.authorization_endpoint}?${query}`));
      const answer = oauth.validateAuthResponse(as, app, new URL(back.headers.get('Location')!), 'state');

      const first = await persist(async () => {
        const response = await oauth.authorizationCodeGrantRequest(as, app, oauth.None(), answer, redirectUri, verifier, options);
        return oauth.processAuthorizationCodeResponse(as, app, response);
      });
      assert.equal(first.token_type, 'dpop');
      const next = await persist(async () => {
        const response = await oauth.refreshTokenGrantRequest(as, app, oauth.None(), first.refresh_token!, options);
        return oauth.processRefreshTokenResponse(as, app, response);
      });

      const introspect = async (token: string) => {
        const response = await oauth.introspectionRequest(as, api, oauth.ClientSecretBasic(caller.clientSecret), token, through);
        return oauth.processIntrospectionResponse(as, api, response);
      };
      const { active, cnf, token_type } = await introspect(next.access_token);
      assert.deepEqual({ active, cnf, token_type }, { active: true, cnf: { jkt: await DPoP.calculateThumbprint() }, token_type: 'DPoP' });
      await oauth.processRevocationResponse(await oauth.revocationRequest(as, app, oauth.None(), next.refresh_token!, through));
      assert.deepEqual(await introspect(next.access_token), { active: false });
    });
  }
});
