/** The authorization endpoint (RFC 6749 §3.1): the browser comes with a request and leaves with a code. */

import { findProblem, readRedirect } from './authorization-request.ts';
import { issueCode } from './codes.ts';
import { readParameters, type Parameters } from './form.ts';
import type { Authenticate } from './login.ts';
import { findPushedRequest, type PushedRequest } from './pushed-request.ts';
import { Refusal } from './refusal.ts';
import type { Settings } from './settings.ts';

type AuthorizationSettings = Settings & { readonly authenticate: Authenticate };

/**
 * Answers an authorization request. A wrong client, redirect URI or request URI is told to the user, never redirected.
 * A pushed request is used up by the answer that goes back to the client, not by the login page before it.
 *
 * @throws Refusal where nobody may be redirected, and what the storage rejects with before that is known.
 */
export async function authorizationEndpoint(request: Request, settings: AuthorizationSettings, headers: Headers): Promise<Response> {
  const brought = readParameters(new URL(request.url).searchParams);
  const pushed = await findPushed(brought, settings);
  // What was pushed is the whole request: whatever the browser brings beside it counts for nothing (RFC 9101 §6.3).
  const form = pushed?.parameters ?? brought;
  const { clientId, redirectUri } = readRedirect(form, settings.clients);
  const answer = await decide(request, { form, pushed, clientId, redirectUri }, settings);
  if (answer instanceof Response) return answer;
  return redirect(redirectUri, { ...answer, state: form.state, iss: settings.issuer }, headers);
}

async function findPushed({ request_uri, client_id }: Parameters, settings: Settings): Promise<PushedRequest | undefined> {
  return request_uri === undefined ? undefined : findPushedRequest(request_uri, client_id, settings);
}

type Answer = { readonly code: string } | { readonly error: string; readonly error_description: string };

interface AuthorizationRequest {
  readonly form: Parameters;
  readonly pushed: PushedRequest | undefined;
  readonly clientId: string;
  readonly redirectUri: string;
}

async function decide(
  request: Request,
  { form, pushed, clientId, redirectUri }: AuthorizationRequest,
  settings: AuthorizationSettings,
): Promise<Answer | Response> {
  const { authenticate } = settings;
  if (!pushed && settings.requirePushedRequests) {
    return { error: 'invalid_request', error_description: 'The request must be pushed (RFC 9126)' };
  }
  const problem = findProblem(form);
  if (problem) return problem;
  const { scope, code_challenge: codeChallenge = '', dpop_jkt: dpopJkt } = form;
  // Before the app looks who is there: a revocation that it cannot know yet ends the grant that comes of this.
  const issuedAtSeconds = settings.nowSeconds();
  try {
    const login = await authenticate(request, { clientId, redirectUri, scope, parameters: form });
    if (login instanceof Response) return login;
    await pushed?.spend();
    if (!login) return { error: 'access_denied', error_description: 'The login was denied' };
    const granted = { sub: login.sub, sid: login.sid, scope: login.scope ?? scope, issuedAtSeconds };
    return { code: await issueCode({ clientId, redirectUri, codeChallenge, dpopJkt, ...granted }, settings) };
  } catch (thrown) {
    if (thrown instanceof Refusal) throw thrown;
    settings.report('authorization', thrown);
    return { error: 'server_error', error_description: 'The login failed' };
  }
}

// 303, so that no method and body follow (RFC 9700 §4.12); `iss` against mix-up (RFC 9207).
function redirect(redirectUri: string, parameters: Parameters, due: Headers): Response {
  const location = new URL(redirectUri);
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) location.searchParams.set(name, value);
  const headers = new Headers(due);
  headers.set('Location', location.href);
  headers.set('Referrer-Policy', 'no-referrer');
  return new Response(null, { status: 303, headers });
}
