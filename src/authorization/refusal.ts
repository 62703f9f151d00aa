/** What an OAuth endpoint refuses, and the one place where a refusal becomes HTTP. */

import type { ProofDenyCode } from '../verifier/proof-check.ts';

/** An OAuth `error` of this server (RFC 6749 §4.1.2.1, §5.2, RFC 7009 §2.2.1, RFC 9101 §10.5, RFC 9449 §5, §8). */
export type OAuthError =
  | 'invalid_request'
  | 'invalid_request_uri'
  | 'request_not_supported'
  | 'unsupported_response_type'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'unsupported_grant_type'
  | 'unsupported_token_type'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'temporarily_unavailable';

/** Why a token request's proof is refused: finer than its OAuth `error`. */
export type BindDenyCode = ProofDenyCode | 'proof_missing' | 'proof_token_mismatch' | 'verifier_unavailable';

/** What a refusal says beside its `error`. */
export interface RefusalDetails {
  readonly code?: BindDenyCode;
  /** Default: the one of the `error`. */
  readonly status?: number;
  /** The challenge of a 401. Default: DPoP, with the `error`. */
  readonly challenge?: string;
}

/** Thrown inside an endpoint, caught at its edge: nobody outside ever sees it. */
export class Refusal extends Error {
  readonly error: OAuthError;
  readonly code: BindDenyCode | undefined;
  readonly status: number;
  readonly challenge: string;

  constructor(error: OAuthError, description: string, details: RefusalDetails = {}) {
    super(description);
    this.error = error;
    this.code = details.code;
    this.status = details.status ?? (error === 'temporarily_unavailable' ? 503 : error === 'invalid_client' ? 401 : 400);
    // `Basic` would make browsers ask the user for a password.
    this.challenge = details.challenge ?? `DPoP error="${error}"`;
  }
}

/** What was thrown, as a refusal: whatever is none is a store that failed, and is reported. So 503, and never a guess. */
export function asRefusal(thrown: unknown, report: (cause: unknown) => void): Refusal {
  if (thrown instanceof Refusal) return thrown;
  report(thrown);
  return new Refusal('temporarily_unavailable', 'The server cannot decide at the moment', { code: 'verifier_unavailable' });
}

/** A refusal as HTTP: JSON `{ error, error_description, code? }`, with the headers that are due anyway. */
export function refusalResponse(refusal: Refusal, due: Headers): Response {
  const headers = new Headers(due);
  const { error, message: error_description, code, status, challenge } = refusal;
  if (status === 503) headers.set('Retry-After', '1');
  // A 401 carries a challenge (RFC 9110 §11.6.1).
  if (status === 401) headers.set('WWW-Authenticate', challenge);
  return Response.json({ error, error_description, ...(code && { code }) }, { status, headers });
}

/** Answers of these endpoints are never stored (RFC 6749 §5.1, RFC 9449 §8.2). */
export function uncacheable(): Headers {
  return new Headers({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
}
