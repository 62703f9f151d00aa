/** What an authorization request must be (RFC 6749 §4.1.1), whether the browser brings it or the client pushes it. */

import { isSha256 } from '../protocol/base64url.ts';
import type { Parameters } from './form.ts';
import { Refusal, type OAuthError } from './refusal.ts';
import type { Client } from './settings.ts';

/** What is wrong with a request, for the client to know. */
export interface RequestProblem {
  readonly error: OAuthError;
  readonly error_description: string;
}

/**
 * The client and its redirect URI, compared letter by letter (RFC 9700 §2.1).
 *
 * @throws Refusal where one of them is unknown: nobody may be redirected then.
 */
export function readRedirect({ client_id, redirect_uri }: Parameters, clients: ReadonlyMap<string, Client>) {
  const client = client_id === undefined ? undefined : clients.get(client_id);
  if (!client) throw new Refusal('invalid_request', 'The client is unknown');
  if (redirect_uri === undefined || !client.redirectUris.includes(redirect_uri)) {
    throw new Refusal('invalid_request', 'The redirect URI is not one of this client');
  }
  return { clientId: client.clientId, redirectUri: redirect_uri };
}

// scope-token *( SP scope-token ) (RFC 6749 §3.3).
function isScope(scope: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(scope);
}

/** What is wrong with the rest: only the code flow with PKCE (S256) is served, and no signed request objects. */
export function findProblem(form: Parameters): RequestProblem | undefined {
  const { request, response_type, response_mode = 'query', scope, code_challenge = '', code_challenge_method, dpop_jkt } = form;
  const invalid = (error_description: string): RequestProblem => ({ error: 'invalid_request', error_description });
  // To ignore it would take the unsigned parameters beside it for what was signed (RFC 9101 §6.3).
  if (request !== undefined) return { error: 'request_not_supported', error_description: 'Request objects are not served' };
  if (response_type === undefined) return invalid('response_type is missing');
  if (response_type !== 'code') return { error: 'unsupported_response_type', error_description: 'Only code is served' };
  // Whoever asks for a fragment, a form or a signed answer does not look for the code in the query.
  if (response_mode !== 'query') return invalid('response_mode can only be query');
  if (scope !== undefined && !isScope(scope)) return { error: 'invalid_scope', error_description: 'scope is malformed' };
  if (code_challenge_method !== 'S256' || !isSha256(code_challenge)) return invalid('PKCE with S256 is required');
  if (dpop_jkt !== undefined && !isSha256(dpop_jkt)) return invalid('dpop_jkt is no thumbprint');
  return undefined;
}
