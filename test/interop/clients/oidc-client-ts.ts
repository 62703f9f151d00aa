/**
 * oidc-client-ts, which takes no fetch but calls the page's own: here that is `keybound.fetch`. Its `dpop` setting is off,
 * and it makes no proof.
 */

import { decodeJwt } from 'jose';
import { OidcClient, WebStorageStateStore, type IdTokenClaims, type SigninResponse } from 'oidc-client-ts';
import type { Connect } from './client.ts';

export const connect: Connect = async ({ issuer: authority, clientId: client_id, redirectUri: redirect_uri, audience: resource }, open) => {
  const settings = {
    authority, client_id, redirect_uri, resource, post_logout_redirect_uri: redirect_uri, scope: 'openid email orders',
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
  };
  const client = new OidcClient({ ...settings, loadUserInfo: true });
  const { dpop_signing_alg_values_supported: algorithms } = (await client.metadataService.getMetadata()) as { dpop_signing_alg_values_supported?: string[] };
  const keybound = await open(algorithms);
  window.fetch = keybound.fetch;
  let profile: SigninResponse['profile'] | undefined;

  return {
    keybound,
    async begin() {
      const { url } = await client.createSigninRequest({ request_type: 'si:r', dpopJkt: keybound.jkt });
      return { url: new URL(url), pending: { verifier: 'kept by the library', state: 'kept by the library' } };
    },
    async redeem({ href }) {
      const response = await client.processSigninResponse(href);
      ({ profile } = response);
      return response;
    },
    // What comes of this is for the API: userinfo would not take it.
    async refresh({ refresh_token, id_token }) {
      const state = { refresh_token: refresh_token!, id_token: id_token!, session_state: null, profile: decodeJwt<IdTokenClaims>(id_token!), scope: settings.scope, data: undefined };
      return new OidcClient(settings).useRefreshToken({ state, resource });
    },
    // It has asked for it by itself.
    userinfo: async () => profile!,
    async logoutUrl({ id_token }) {
      return new URL((await client.createSignoutRequest({ id_token_hint: id_token! })).url);
    },
  };
};
