/** What the app does with an OAuth client, whichever it is: each file beside this one does it with another library. */

import type { Keybound } from '../../../src/index.ts';

/** Where the app is registered. */
export interface Registration {
  readonly issuer: string;
  readonly clientId: string;
  readonly redirectUri: string;
  /** The API's name among the provider's resources (RFC 8707). */
  readonly audience: string;
}

/** The app's Keybound, made once the client knows what the provider takes in proofs. */
export type OpenKeybound = (algorithms: readonly string[] | undefined) => Promise<Keybound>;

/** What a login needs after the redirect. */
export interface Pending {
  readonly verifier: string;
  readonly state: string;
}

export interface Tokens {
  readonly access_token: string;
  readonly token_type: string;
  readonly refresh_token?: string | undefined;
  readonly id_token?: string | undefined;
}

export interface OAuthClient {
  /** Where to send the user, and what to keep until she is back. */
  begin(): Promise<{ readonly url: URL; readonly pending: Pending }>;
  redeem(callback: URL, pending: Pending): Promise<Tokens>;
  /** The access token that comes of it is for the API. */
  refresh(tokens: Tokens): Promise<Tokens>;
  /** What the provider tells there alone: it is not in the ID token. */
  userinfo(tokens: Tokens): Promise<{ readonly email?: unknown }>;
  logoutUrl(tokens: Tokens): URL | Promise<URL>;
}

/** Finds the provider's metadata, and sets the client up over `keybound.fetch`. */
export type Connect = (registration: Registration, open: OpenKeybound) => Promise<OAuthClient & { readonly keybound: Keybound }>;

/** The parameters of a login that the libraries leave to the app. */
export function loginParameters({ clientId, redirectUri, audience }: Registration, keybound: Keybound, { state }: Pending, challenge: string) {
  return {
    client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope: 'openid email orders', resource: audience, state,
    code_challenge: challenge, code_challenge_method: 'S256', dpop_jkt: keybound.jkt,
  };
}
