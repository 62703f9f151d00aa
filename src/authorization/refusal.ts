/** What an OAuth endpoint refuses, and the one place where a refusal becomes HTTP. */

import type { ProofDenyCode } from '../verifier/proof-check.ts';

/** An OAuth `error` of this server (RFC 6749 §5.2, RFC 9449 §5 and §8, RFC 7009 §2.2.1). */
export type OAuthError =
  | 'invalid_request'
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

/** Thrown inside an endpoint, caught at its edge: nobody outside ever sees it. */
export class Refusal extends Error {
  readonly error: OAuthError;
  readonly code: BindDenyCode | undefined;

  constructor(error: OAuthError, description: string, code?: BindDenyCode) {
    super(description);
    this.error = error;
    this.code = code;
  }
}

/** What was thrown, as a refusal: whatever is none is a store that failed, so 503 and never a guess. */
export function asRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  return new Refusal('temporarily_unavailable', 'The server cannot decide at the moment', 'verifier_unavailable');
}

/** The HTTP status of a refusal. */
export function refusalStatus({ error }: Refusal): number {
  if (error === 'temporarily_unavailable') return 503;
  return error === 'invalid_client' ? 401 : 400;
}

/** A refusal as HTTP: JSON `{ error, error_description, code? }`, with the headers that are due anyway. */
export function refusalResponse(refusal: Refusal, due: Headers): Response {
  const headers = new Headers(due);
  const status = refusalStatus(refusal);
  if (status === 503) headers.set('Retry-After', '1');
  // A 401 carries a challenge (RFC 9110 §11.6.1); `Basic` would make browsers ask the user for a password.
  if (status === 401) headers.set('WWW-Authenticate', `DPoP error="${refusal.error}"`);
  const { error, message: error_description, code } = refusal;
  return Response.json({ error, error_description, ...(code && { code }) }, { status, headers });
}

/** Answers of these endpoints are never stored (RFC 6749 §5.1, RFC 9449 §8.2). */
export function uncacheable(): Headers {
  return new Headers({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
}
