/** What the resource server decides, and the answer that each decision asks for. */

import { formatChallenge } from '../protocol/challenge.ts';
import type { AccessTokenClaims } from './claims.ts';
import { denials, type DenyCode } from './denials.ts';

/** The number of a verification step; docs/SPEC.md lists what each one checks. */
export type Step = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

/** How the access token was sent (RFC 9449 §7.1, RFC 6750 §2.1). */
export type Scheme = 'DPoP' | 'Bearer';

/** The request may proceed. It says who calls; whether they may do what they ask for is the application's to decide. */
export interface AllowDecision {
  readonly ok: true;
  /** `Bearer` only under `bearer: 'unbound-only'`. */
  readonly scheme: Scheme;
  /** The claims of the verified access token. */
  readonly claims: AccessTokenClaims;
  /** The thumbprint of the key that token and proof share (RFC 9449 §6.1); absent for `Bearer`. */
  readonly jkt?: string;
  /** Add these to the answer: `DPoP-Nonce` and `Cache-Control` where a nonce is due, else none. */
  readonly headers: Headers;
}

/** The request must not proceed. */
export interface DenyDecision {
  readonly ok: false;
  /** The step that refused it; no later step has run, and only step 10 leaves a trace in a store. */
  readonly step: Step;
  readonly code: DenyCode;
  /** The HTTP status: 400, 401 or 503. */
  readonly status: number;
  /** Plain words for the code, the same that the challenge carries. */
  readonly description: string;
  /** The answer's headers: challenges, `DPoP-Nonce`, `Retry-After`. What is added here (CORS) is in `response()` too. */
  readonly headers: Headers;
  /** For the operator's log, never for the caller: what a store, a key source or the crypto library threw. */
  readonly cause?: unknown;
  /** A new Response with this status, these headers and the JSON body `{ error, error_description, code }`. */
  response(): Response;
}

/** What the resource server says about one request. */
export type Decision = AllowDecision | DenyDecision;

/** What the challenges of one server say, whatever the denial. */
export interface ChallengeTerms {
  /** The proof algorithms that the server takes (RFC 9449 §7.1, `algs`). */
  readonly algorithms: readonly string[];
  /** Whether tokens that are bound to no key may come as Bearer. */
  readonly takesBearer: boolean;
}

/** The denial with everything that goes over the wire. */
export function deny(
  { step, code, cause }: { readonly step: Step; readonly code: DenyCode; readonly cause?: unknown },
  { scheme, terms, nonce }: { readonly scheme: Scheme; readonly terms: ChallengeTerms; readonly nonce: string | undefined },
): DenyDecision {
  const { status, description, error } = denials[code];
  const headers = nonceHeaders(nonce);
  if (status === 503) headers.set('Retry-After', '5');
  else for (const challenge of challenges(code, scheme, terms)) headers.append('WWW-Authenticate', challenge);
  const body = JSON.stringify({ error, error_description: description, code });
  return {
    ok: false, step, code, status, description, headers,
    ...(cause !== undefined && { cause }),
    response: () => new Response(body, { status, headers: withJson(headers) }),
  };
}

/** The headers that hand out a nonce: whoever stored the answer would hand the same one to everybody (RFC 9449 §8.2). */
export function nonceHeaders(nonce: string | undefined): Headers {
  const headers = new Headers();
  if (nonce !== undefined) {
    headers.set('DPoP-Nonce', nonce);
    headers.set('Cache-Control', 'no-store');
  }
  return headers;
}

// The error stands in the challenge of the scheme that was used, the other scheme is only offered (RFC 9449 §7.2).
function challenges(code: DenyCode, scheme: Scheme, { algorithms, takesBearer }: ChallengeTerms): string[] {
  const { error, description } = denials[code];
  const reason: Record<string, string> = error ? { error, error_description: description } : {};
  const algs = { algs: algorithms.join(' ') };
  if (scheme === 'Bearer' || code === 'bearer_downgrade') return [formatChallenge('Bearer', reason), formatChallenge('DPoP', algs)];
  return [formatChallenge('DPoP', { ...reason, ...algs }), ...(takesBearer ? [formatChallenge('Bearer', {})] : [])];
}

function withJson(headers: Headers): Headers {
  const all = new Headers(headers);
  all.set('Content-Type', 'application/json');
  return all;
}
