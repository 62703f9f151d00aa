/** The authorization endpoint (RFC 6749 §3.1): the browser comes with a request and leaves with a code. */

import { isSha256, issueCode } from './codes.ts';
import { readParameters, type Parameters } from './form.ts';
import type { Authenticate } from './login.ts';
import { asRefusal, Refusal, refusalResponse, uncacheable } from './refusal.ts';
import type { Client, Settings } from './settings.ts';

/** Answers an authorization request. A wrong client or redirect URI is told to the user, never redirected. */
export async function authorizationEndpoint(request: Request, authenticate: Authenticate, settings: Settings): Promise<Response> {
  try {
    const form = readParameters(new URL(request.url).searchParams);
    const { clientId, redirectUri } = readRedirect(form, settings.clients);
    const answer = await decide(request, { form, clientId, redirectUri }, authenticate, settings);
    if (answer instanceof Response) return answer;
    return redirect(redirectUri, { ...answer, state: form.state, iss: settings.issuer });
  } catch (thrown) {
    return refusalResponse(asRefusal(thrown), uncacheable());
  }
}

function readRedirect({ client_id, redirect_uri }: Parameters, clients: ReadonlyMap<string, Client>) {
  const client = client_id === undefined ? undefined : clients.get(client_id);
  if (!client) throw new Refusal('invalid_request', 'The client is unknown');
  if (redirect_uri === undefined || !client.redirectUris.includes(redirect_uri)) {
    throw new Refusal('invalid_request', 'The redirect URI is not one of this client');
  }
  return { clientId: client.clientId, redirectUri: redirect_uri };
}

type Answer = { readonly code: string } | { readonly error: string; readonly error_description: string };

async function decide(
  request: Request,
  { form, clientId, redirectUri }: { form: Parameters; clientId: string; redirectUri: string },
  authenticate: Authenticate,
  settings: Settings,
): Promise<Answer | Response> {
  const problem = findProblem(form);
  if (problem) return problem;
  const { scope, code_challenge: codeChallenge = '', dpop_jkt: dpopJkt } = form;
  try {
    const login = await authenticate(request, { clientId, redirectUri, scope });
    if (login instanceof Response) return login;
    if (!login) return { error: 'access_denied', error_description: 'The login was denied' };
    const granted = { sub: login.sub, sid: login.sid, scope: login.scope ?? scope };
    return { code: await issueCode({ clientId, redirectUri, codeChallenge, dpopJkt, ...granted }, settings) };
  } catch {
    return { error: 'server_error', error_description: 'The login failed' };
  }
}

function findProblem(form: Parameters): Answer | undefined {
  const { response_type, code_challenge = '', code_challenge_method, dpop_jkt } = form;
  const invalid = (error_description: string) => ({ error: 'invalid_request', error_description });
  if (response_type === undefined) return invalid('response_type is missing');
  if (response_type !== 'code') return { error: 'unsupported_response_type', error_description: 'Only code is served' };
  if (code_challenge_method !== 'S256' || !isSha256(code_challenge)) return invalid('PKCE with S256 is required');
  if (dpop_jkt !== undefined && !isSha256(dpop_jkt)) return invalid('dpop_jkt is no thumbprint');
  return undefined;
}

// 303, so that no method and body follow (RFC 9700 §4.12); `iss` against mix-up (RFC 9207).
function redirect(redirectUri: string, parameters: Parameters): Response {
  const location = new URL(redirectUri);
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) location.searchParams.set(name, value);
  const headers = uncacheable();
  headers.set('Location', location.href);
  headers.set('Referrer-Policy', 'no-referrer');
  return new Response(null, { status: 303, headers });
}
