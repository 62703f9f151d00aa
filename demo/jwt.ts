/** Tokens and proofs opened for reading. Nothing is verified here: that is the servers' work. */

import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, type JWK } from 'jose';

export interface OpenedJwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Header and claims of a JWT, or undefined for what is none. */
export function openJwt(compact: string | undefined): OpenedJwt | undefined {
  if (compact === undefined) return undefined;
  try {
    return { header: { ...decodeProtectedHeader(compact) }, claims: { ...decodeJwt(compact) } };
  } catch {
    return undefined;
  }
}

/** The thumbprint that a token is bound to. */
export function boundThumbprint(token: OpenedJwt | undefined): string | undefined {
  const cnf = token?.claims.cnf as { jkt?: unknown } | undefined;
  return typeof cnf?.jkt === 'string' ? cnf.jkt : undefined;
}

/** The thumbprint of the key in a proof's header, calculated by jose: a second opinion beside the verifier's. */
export async function proofThumbprint(proof: OpenedJwt | undefined): Promise<string | undefined> {
  const jwk = proof?.header.jwk as JWK | undefined;
  return jwk && calculateJwkThumbprint(jwk).catch(() => undefined);
}

/** A long token with its middle left out. */
export function shortened(compact: string): string {
  return compact.length <= 40 ? compact : `${compact.slice(0, 20)}…${compact.slice(-12)}`;
}
