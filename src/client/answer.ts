/** What an answer says to a client of DPoP. It is only looked at: its body can still be read. */

import { parseChallenges } from '../protocol/challenge.ts';
import { isNonce } from '../protocol/nonce.ts';
import { readHints } from './jwt.ts';

/** Authorization server or resource server: one origin can be both, and the one's nonce is nothing to the other. */
export type ServerRole = 'AS' | 'RS';

/** An answer, read. */
export interface Answer {
  /** Whether it demands a nonce. */
  readonly challenged: boolean;
  /** The one valid `DPoP-Nonce` that came with it. */
  readonly nonce: string | undefined;
  /**
   * Its error code, of a challenge (RFC 6750 §3.1, RFC 9449 §7.1) or of an authorization server's JSON (RFC 6749 §5.2),
   * where it says by its status, too, that the request was not carried out: else it would be carried out twice.
   */
  readonly error: string | undefined;
  /** The parameters of that challenge, by lower-case name. */
  readonly params: Readonly<Record<string, string>>;
  /** What the server's clock says, where that is told and cannot come from a cache. */
  readonly serverSeconds: number | undefined;
}

const nonceError = 'use_dpop_nonce';
/** By how much a token's remaining life may be less than its whole one, where it is a new token. */
const maxAgeSeconds = 5;

/**
 * Reads an answer. A resource server demands a nonce with 401 and a DPoP challenge (RFC 9449 §9), an authorization server
 * with 400 and a JSON error (§8): any other error that carries a nonce is that error.
 */
export async function readAnswer(response: Response, role: ServerRole): Promise<Answer> {
  const { status, headers } = response;
  const learned = headers.get('DPoP-Nonce') ?? '';
  const nonce = isNonce(learned) ? learned : undefined;
  const date = () => Date.parse(headers.get('Date')!) / 1000 || undefined;
  const isError = status >= 400 && status < 500;
  if (role === 'RS') {
    const challenges = parseChallenges(headers.get('WWW-Authenticate')).filter(({ params }) => params.error);
    const proof = challenges.find(({ scheme }) => scheme === 'dpop');
    const { params = {} } = proof ?? challenges[0] ?? {};
    const isRefusal = status === 401;
    return {
      challenged: isRefusal && proof?.params.error === nonceError,
      nonce,
      error: isError ? params.error : undefined,
      params,
      serverSeconds: isRefusal ? date() : undefined,
    };
  }
  const isJson = status === 400 || /json/.test(headers.get('Content-Type')!);
  const body = (isJson && (await response.clone().json().catch(() => 0))) || {};
  const error = isError && typeof body.error === 'string' ? body.error : undefined;
  return { challenged: status === 400 && error === nonceError, nonce, error, params: {}, serverSeconds: date() ?? issuedSeconds(body) };
}

// When a token was made is what the server's clock says now, unless it hands out an old one again, whose life is shorter.
function issuedSeconds({ access_token, expires_in }: { access_token?: unknown; expires_in?: unknown }): number | undefined {
  const { iat, exp } = readHints(access_token);
  const isOld = exp! - iat! - (expires_in as number) > maxAgeSeconds;
  return isOld ? undefined : iat;
}
