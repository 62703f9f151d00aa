/** openid-client, whose requests go out by `keybound.fetch`; it is given no DPoP handle, and makes no proof. */

import * as openid from 'openid-client';
import { loginParameters, type Connect, type Pending, type Tokens } from './client.ts';

export const connect: Connect = async (registration, open) => {
  const { issuer, clientId, redirectUri, audience } = registration;
  const metadata = { id_token_signed_response_alg: 'ES256' };
  const config = await openid.discovery(new URL(issuer), clientId, metadata, openid.None(), { execute: [openid.allowInsecureRequests] });
  const keybound = await open(config.serverMetadata().dpop_signing_alg_values_supported);
  config[openid.customFetch] = (url, init) => keybound.fetch(url, init as RequestInit);

  return {
    keybound,
    async begin() {
      const pending: Pending = { verifier: openid.randomPKCECodeVerifier(), state: openid.randomState() };
      const challenge = await openid.calculatePKCECodeChallenge(pending.verifier);
      return { url: openid.buildAuthorizationUrl(config, loginParameters(registration, keybound, pending, challenge)), pending };
    },
    redeem: (callback, { verifier, state }) =>
      openid.authorizationCodeGrant(config, callback, { pkceCodeVerifier: verifier, expectedState: state, idTokenExpected: true }),
    refresh: ({ refresh_token }) => openid.refreshTokenGrant(config, refresh_token!, { resource: audience }),
    userinfo: ({ access_token }) => openid.fetchUserInfo(config, access_token, openid.skipSubjectCheck),
    logoutUrl: ({ id_token }: Tokens) =>
      openid.buildEndSessionUrl(config, { id_token_hint: id_token!, post_logout_redirect_uri: redirectUri }),
  };
};
