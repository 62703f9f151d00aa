/** What is revoked, how it is named, and both sides of a memory of it. */

import { isSha256 } from '../protocol/base64url.ts';
import { isJsonObject, isText } from '../protocol/json.ts';

/** What a verifier knows of a token when it asks whether the token is revoked. */
export interface TokenIdentity {
  readonly iss?: string;
  readonly jti?: string;
  readonly sub?: string;
  readonly sid?: string;
  readonly client_id?: string;
  /** The thumbprint of the key that the token is bound to. */
  readonly jkt?: string;
  readonly iat?: number;
}

interface RevocationTerms {
  /** Whose tokens are meant, where several issuers share a memory. Default: those of every issuer. */
  readonly iss?: string;
  /**
   * The end of the last token that is meant, its own `exp` for a single one, in seconds since 1970. Memories keep the
   * entry 300 seconds longer, for verifiers whose clock is behind.
   */
  readonly expiresAtSeconds: number;
}

/** One token. */
export interface TokenRevocation extends RevocationTerms {
  readonly jti: string;
}

interface NotBeforeTerms extends RevocationTerms {
  /**
   * Tokens whose `iat` is at this time or earlier are revoked, and those that have none; in seconds since 1970. Where
   * the clock that tells it is not the issuer's, add what the two may differ by.
   */
  readonly notBeforeSeconds: number;
}

/** All tokens of one user, session, client or key (a lost device) that were issued up to a time. */
export type NotBeforeRevocation = NotBeforeTerms &
  ({ readonly sub: string } | { readonly sid: string } | { readonly client_id: string } | { readonly jkt: string });

/** What is revoked: one token, or all of somebody's up to a time. */
export type Revocation = TokenRevocation | NotBeforeRevocation;

/** The verifier's side: asked on every request, after possession of the key is proven. */
export interface RevocationSource {
  /** Whether the token is revoked. A source that cannot tell rejects: the verifier then answers 503. */
  check(token: TokenIdentity): Promise<boolean>;
}

/** The issuer's side: what the revocation endpoint (RFC 7009) writes to. */
export interface RevocationSink {
  /** Revokes, and resolves when every reader of this memory sees it. Rejects where nobody can promise that. */
  revoke(revocation: Revocation): Promise<void>;
}

/** A revocation as memories keep it. */
export interface RevocationEntry {
  /** One of the {@link revocationKeys} of every token that is meant. */
  readonly key: string;
  /** Infinity where `iat` does not matter: a single token. */
  readonly notBeforeSeconds: number;
  readonly expiresAtSeconds: number;
}

const names = ['jti', 'sub', 'sid', 'client_id', 'jkt'] as const;

/** What a revocation is of. */
export type RevocationName = (typeof names)[number];

/**
 * A revocation, checked, under the one key that it is found by.
 *
 * @throws TypeError where it does not name exactly one of `jti`, `sub`, `sid`, `client_id` and `jkt`, `jkt` is no
 *   thumbprint, or a time is missing or too late to be in seconds.
 */
export function readRevocation(revocation: Revocation): RevocationEntry {
  const given: { readonly [member: string]: unknown } = isJsonObject(revocation) ? revocation : {};
  const [name, ...others] = names.filter((each) => each in given);
  const value = name && given[name];
  if (!name || others.length || !isText(value)) throw new TypeError(`A revocation names one of ${names.join(', ')}`);
  if (name === 'jkt' && !isSha256(value)) throw new TypeError('revocation.jkt must be a thumbprint: base64url of a SHA-256');
  const { iss } = given;
  if (iss !== undefined && !isText(iss)) throw new TypeError('revocation.iss must be text that is not empty');
  const expiresAtSeconds = readTime(given, 'expiresAtSeconds');
  const notBeforeSeconds = name === 'jti' ? Infinity : readTime(given, 'notBeforeSeconds');
  return { key: keyOf(name, iss, value), notBeforeSeconds, expiresAtSeconds };
}

// The year 5138: a later time is in milliseconds, and would revoke whatever is issued from now on.
const latestSeconds = 1e11;

function readTime(given: { readonly [member: string]: unknown }, member: keyof NotBeforeTerms): number {
  const time = given[member];
  if (typeof time === 'number' && Number.isFinite(time) && time <= latestSeconds) return time;
  throw new TypeError(`revocation.${member} must be a time in seconds since 1970`);
}

/**
 * Every key that an entry about this token may stand under: of its issuer, and of all issuers. At most ten.
 *
 * @param among the names that there are entries of. Default: any.
 */
export function revocationKeys(token: TokenIdentity, among: Iterable<RevocationName> = names): string[] {
  const keys: string[] = [];
  for (const name of among) {
    const value = token[name];
    if (value === undefined) continue;
    if (token.iss !== undefined) keys.push(keyOf(name, token.iss, value));
    keys.push(keyOf(name, undefined, value));
  }
  return keys;
}

/** Whether an entry that stands under one of the token's keys revokes it: a token that does not say its age is revoked. */
export function isRevokedBy({ notBeforeSeconds }: Pick<RevocationEntry, 'notBeforeSeconds'>, { iat }: TokenIdentity): boolean {
  return iat === undefined || iat <= notBeforeSeconds;
}

// The issuer's length goes first, so that no two of issuer and value spell the same key.
function keyOf(name: RevocationName, iss: string | undefined, value: string): string {
  return iss === undefined ? `${name}::${value}` : `${name}:${iss.length}:${iss}:${value}`;
}

/** What the entry under a key is of. */
export function revocationName(key: string): RevocationName {
  return key.slice(0, key.indexOf(':')) as RevocationName;
}

/**
 * How long a revoked token is remembered after its `exp`: it lives on for as long as its reader's clock may be behind,
 * which is at most this.
 */
export const revocationRetentionSeconds = 300;
