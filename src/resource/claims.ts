/** The claims of an access token (RFC 9068 §2.2, RFC 7519 §4.1): their types, whom they are for, and when. */

import { isJsonObject, isText, type JsonObject } from '../protocol/json.ts';
import type { TokenIdentity } from '../stores/revocation.ts';
import type { DenyCode } from './denials.ts';

/** The claims of a verified access token; times are in seconds since 1970. */
export interface AccessTokenClaims {
  /** Who issued it: one of `issuers`. */
  readonly iss: string;
  /** Whom it is for: this server is one of them. */
  readonly aud: string | readonly string[];
  /** When it ends. */
  readonly exp: number;
  /** The user, or the client itself where there is none (RFC 9068 §2.2). Unique within its issuer only. */
  readonly sub?: string;
  /** The app that it was issued to (RFC 8693 §4.3). */
  readonly client_id?: string;
  /** When it was issued. */
  readonly iat?: number;
  /** From when on it is good. */
  readonly nbf?: number;
  /** Its name. Unique within its issuer only. */
  readonly jti?: string;
  /** The session that it belongs to. */
  readonly sid?: string;
  /** What it is good for, names with spaces between them (RFC 8693 §4.2). Not checked: that is yours. */
  readonly scope?: string;
  /** The key that the token is bound to (RFC 9449 §6.1). */
  readonly cnf?: { readonly jkt?: string };
  readonly [name: string]: unknown;
}

/** What a token's claims must say before it is one for this server. */
export interface ClaimTerms {
  readonly audience: readonly string[];
  readonly requiredClaims: readonly string[];
}

/** The claims without which no token is taken, whatever `requiredClaims` says: a token that never ends is none. */
export const indispensableClaims = ['iss', 'aud', 'exp'] as const;

/** What RFC 9068 §2.2 demands beside those. */
export const requiredByProfile = ['sub', 'client_id', 'iat', 'jti'] as const;

const claimTypes = /* @__PURE__ */ Object.entries<(value: unknown) => boolean>({
  iss: isText,
  sub: isText,
  client_id: isText,
  jti: isText,
  sid: isText,
  scope: (value) => typeof value === 'string',
  aud: (value) => isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText)),
  exp: isTime,
  nbf: isTime,
  iat: isTime,
});

/**
 * The claims, where they have the right types, none of the required ones is missing and the audience is this server
 * (RFC 9068 §4); undefined otherwise. The issuer is known by then. Not checked: times, `cnf`, and unknown claims.
 */
export function readClaims(payload: JsonObject, { audience, requiredClaims }: ClaimTerms): AccessTokenClaims | undefined {
  const isMissing = (name: string) => !Object.hasOwn(payload, name);
  if (indispensableClaims.some(isMissing) || requiredClaims.some(isMissing)) return undefined;
  if (claimTypes.some(([name, fits]) => !isMissing(name) && !fits(payload[name]))) return undefined;
  const claims = payload as unknown as AccessTokenClaims;
  return [claims.aud].flat().some((name) => audience.includes(name)) ? claims : undefined;
}

/** The token is alive: `nbf` has come, `exp` has not, each with the clock tolerance (RFC 7519 §4.1.4, §4.1.5). */
export function checkLifetime(
  { exp, nbf }: AccessTokenClaims,
  { nowSeconds, clockToleranceSeconds }: { readonly nowSeconds: number; readonly clockToleranceSeconds: number },
): DenyCode | undefined {
  if (nowSeconds >= exp + clockToleranceSeconds) return 'token_expired';
  if (nbf !== undefined && nowSeconds < nbf - clockToleranceSeconds) return 'token_not_yet_valid';
  return undefined;
}

/** The thumbprint that a token is bound to, or undefined where `cnf` has another shape (RFC 7800 §3.1, RFC 9449 §6.1). */
export function boundThumbprint({ cnf }: { readonly cnf?: unknown }): string | undefined {
  return isJsonObject(cnf) && typeof cnf.jkt === 'string' ? cnf.jkt : undefined;
}

/** What a revocation source is asked about: the names in the claims, and the key that was shown. */
export function identify(claims: AccessTokenClaims, jkt?: string): TokenIdentity {
  const identity: { [name: string]: unknown } = jkt === undefined ? {} : { jkt };
  for (const name of ['iss', 'jti', 'sub', 'sid', 'client_id', 'iat']) if (claims[name] !== undefined) identity[name] = claims[name];
  return identity;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
