/** oauth4webapi, whose requests go out by `keybound.fetch`; it is given no DPoP handle, and makes no proof. */

import * as oauth from 'oauth4webapi';
import { loginParameters, type Connect, type Pending } from './client.ts';

export const connect: Connect = async (registration, open) => {
  const { clientId, redirectUri, audience } = registration;
  const issuer = new URL(registration.issuer);
  const plain = { [oauth.allowInsecureRequests]: true };
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, plain));
  const keybound = await open(as.dpop_signing_alg_values_supported);
  const client: oauth.Client = { client_id: clientId, id_token_signed_response_alg: 'ES256' };
  const options = { ...plain, [oauth.customFetch]: (url: string, init: object) => keybound.fetch(url, init) };

  return {
    keybound,
    async begin() {
      const pending: Pending = { verifier: oauth.generateRandomCodeVerifier(), state: oauth.generateRandomState() };
      const challenge = await oauth.calculatePKCECodeChallenge(pending.verifier);
      const url = new URL(as.authorization_endpoint!);
      url.search = String(new URLSearchParams(loginParameters(registration, keybound, pending, challenge)));
      return { url, pending };
    },
    async redeem(callback, { verifier, state }) {
      const answer = oauth.validateAuthResponse(as, client, callback, state);
      const response = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), answer, redirectUri, verifier, options);
      return oauth.processAuthorizationCodeResponse(as, client, response, { requireIdToken: true });
    },
    async refresh({ refresh_token }) {
      const response = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), refresh_token!, {
        ...options, additionalParameters: { resource: audience },
      });
      return oauth.processRefreshTokenResponse(as, client, response);
    },
    async userinfo({ access_token }) {
      const response = await oauth.userInfoRequest(as, client, access_token, options);
      return oauth.processUserInfoResponse(as, client, oauth.skipSubjectCheck, response);
    },
    logoutUrl({ id_token }) {
      const url = new URL(as.end_session_endpoint!);
      url.search = String(new URLSearchParams({ id_token_hint: id_token!, post_logout_redirect_uri: redirectUri }));
      return url;
    },
  };
};
