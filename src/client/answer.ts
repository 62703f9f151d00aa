/** What an answer says to a client of DPoP. It is only looked at: its body can still be read. */

import { parseChallenges } from '../protocol/challenge.ts';
import { isNonce } from '../protocol/nonce.ts';
import { readHints } from './jwt.ts';
import type { ServerRole } from './servers.ts';

/** An answer, read. */
export interface Answer {
  /** Whether it demands a nonce. */
  readonly challenged: boolean;
  /** The one valid `DPoP-Nonce` that came with it. */
  readonly nonce: string | undefined;
  /** Its error code, of a challenge (RFC 6750 §3.1, RFC 9449 §7.1) or of an authorization server's JSON (RFC 6749 §5.2). */
  readonly error: string | undefined;
  /** The parameters of that challenge, by lower-case name. */
  readonly params: Readonly<Record<string, string>>;
  /** What the server's clock says, where that is told and cannot come from a cache. */
  readonly serverSeconds: number | undefined;
}

const nonceError = 'use_dpop_nonce';

/**
 * Reads an answer. A resource server demands a nonce with 401 and a DPoP challenge (RFC 9449 §9), an authorization server
 * with 400 and a JSON error (§8): any other error that carries a nonce is that error.
 */
export async function readAnswer(response: Response, role: ServerRole): Promise<Answer> {
  const { status, headers } = response;
  const learned = headers.get('DPoP-Nonce') ?? '';
  const nonce = isNonce(learned) ? learned : undefined;
  const date = Date.parse(headers.get('Date')!) / 1000 || undefined;
  if (role === 'RS') {
    const challenges = parseChallenges(headers.get('WWW-Authenticate')).filter(({ params }) => params.error);
    const proof = challenges.find(({ scheme }) => scheme === 'dpop');
    const { params = {} } = proof ?? challenges[0] ?? {};
    const isRefusal = status === 401;
    return {
      challenged: isRefusal && proof?.params.error === nonceError,
      nonce,
      error: params.error,
      params,
      serverSeconds: isRefusal ? date : undefined,
    };
  }
  const isJson = status === 400 || /json/.test(headers.get('Content-Type')!);
  const body = (isJson && (await response.clone().json().catch(() => 0))) || {};
  const { error } = body;
  return { challenged: status === 400 && error === nonceError, nonce, error, params: {}, serverSeconds: date ?? readHints(body.access_token).iat };
}
