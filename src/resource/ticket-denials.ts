/** Why no ticket is issued, or no socket opened, and what each code means on the wire. */

import { formatChallenge } from '../protocol/challenge.ts';
import { denials, type DenialTerms, type DenyCode } from './denials.ts';

const table = {
  origin_not_allowed: { status: 403, error: 'invalid_request', description: 'Pages of this origin may not open the socket.' },
  malformed_request: { status: 400, error: 'invalid_request', description: 'The handshake must offer one proof, and beside it a subprotocol for the answer to name.' },
  proof_missing: { status: 401, error: 'invalid_dpop_proof', description: 'The handshake offers no proof.' },
  bad_ticket: { status: 401, error: 'invalid_token', description: 'The proof needs a ticket for this socket that is fresh and was never used.' },
} as const;

/** Why a ticket or a socket is refused: codes of `verify`, with the same meaning, and two more. */
export type TicketDenyCode =
  | keyof typeof table
  | Extract<DenyCode, 'malformed_proof' | 'method_mismatch' | 'uri_mismatch' | 'proof_expired' | 'proof_not_yet_valid'>
  | Extract<DenyCode, 'proof_key_not_bound_to_token' | 'bad_proof_signature' | 'proof_replayed' | 'bearer_downgrade'>
  | Extract<DenyCode, 'token_expired' | 'token_not_yet_valid' | 'token_revoked' | 'verifier_unavailable'>;

/** No ticket, or no socket. */
export interface TicketDenial {
  readonly ok: false;
  readonly code: TicketDenyCode;
  /** The HTTP status: 400, 401, 403 or 503. */
  readonly status: number;
  /** Plain words for the code. */
  readonly description: string;
  /** The answer's headers: a challenge, or `Retry-After`. */
  readonly headers: Headers;
  /** For the operator's log, never for the caller: what a store threw, or that the claims are too long for a ticket. */
  readonly cause?: unknown;
  /** A new Response with this status, these headers and the JSON body `{ error, error_description, code }`. */
  response(): Response;
}

/** The terms of a code. */
export function ticketTerms(code: TicketDenyCode): Omit<DenialTerms, 'status'> & { readonly status: number } {
  return code in table ? table[code as keyof typeof table] : denials[code as DenyCode];
}

/** The denial with everything that goes over the wire. */
export function denyTicket(code: TicketDenyCode, algorithms: readonly string[], cause?: unknown): TicketDenial {
  const { status, error = '', description } = ticketTerms(code);
  const headers = new Headers({ 'Cache-Control': 'no-store', 'Content-Type': 'application/json' });
  const challenge = formatChallenge('DPoP', { error, error_description: description, algs: algorithms.join(' ') });
  if (status === 401) headers.set('WWW-Authenticate', challenge);
  if (status === 503) headers.set('Retry-After', '5');
  const body = JSON.stringify({ error, error_description: description, code });
  return {
    ok: false, code, status, description, headers,
    ...(cause !== undefined && { cause }),
    response: () => new Response(body, { status, headers }),
  };
}
