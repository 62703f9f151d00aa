/** A login without a browser: what an app has in hand when the user comes back from the authorization server. */

import type { AuthorizationServer } from '../authorization/authorization-server.ts';
import { sha256 } from '../authorization/grant.ts';
import type { Client } from '../authorization/settings.ts';
import { randomBytes } from '../crypto/web.ts';
import { encodeBase64url } from '../protocol/base64url.ts';

/** What a login may ask for beside the user. */
export interface LogInOptions {
  readonly scope?: string;
  readonly sid?: string;
  /** The one key that may redeem the code (RFC 9449 §10). */
  readonly dpopJkt?: string;
}

/** The body of the token request that redeems a fresh authorization code (RFC 6749 §4.1.3, RFC 7636 §4.5). */
export async function logIn(
  login: LogInOptions & { readonly sub: string },
  { clientId, redirectUris }: Client,
  server: AuthorizationServer,
): Promise<URLSearchParams> {
  const [redirectUri = ''] = redirectUris;
  const code_verifier = encodeBase64url(randomBytes(32));
  const code = await server.authorize({ ...login, clientId, redirectUri, codeChallenge: await sha256(code_verifier) });
  const grant_type = 'authorization_code';
  return new URLSearchParams({ grant_type, code, code_verifier, redirect_uri: redirectUri, client_id: clientId });
}
