/** A plain verifier of proofs on an independent library, so that a client that signs sloppily is caught (RFC 9449 §4.3). */

import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, EmbeddedJWK, jwtVerify, type JWTPayload } from 'jose';

/** What a proof claims; nothing of it is checked yet. */
export type Claims = JWTPayload & { readonly htm?: unknown; readonly htu?: unknown; readonly ath?: unknown; readonly nonce?: unknown };

/** How far a proof's `iat` may be from the server's clock, to both sides. */
const toleranceSeconds = 60;

/** The claims of a proof that nobody has checked, and its `alg`; undefined where there are none to read. */
export function peek(proof: string | null): (Claims & { readonly alg: unknown }) | undefined {
  try {
    return { ...decodeJwt(proof ?? ''), alg: decodeProtectedHeader(proof ?? '').alg };
  } catch {
    return undefined;
  }
}

/** What a proof has to fit. */
export interface ProofContext {
  readonly request: Request;
  readonly accessToken: string | undefined;
  readonly nowSeconds: number;
  readonly algorithms: readonly string[];
  /** The `jti` of all proofs that were good so far. */
  readonly spent: Set<unknown>;
}

/**
 * Checks all but the nonce, and gives the thumbprint of the key.
 *
 * @throws Error that names what is wrong.
 */
export async function checkProof(proof: string, { request, accessToken, nowSeconds, algorithms, spent }: ProofContext): Promise<string> {
  const { payload, protectedHeader } = await jwtVerify<Claims>(proof, EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms: [...algorithms],
    requiredClaims: ['jti', 'iat', 'htm', 'htu'],
    currentDate: new Date(nowSeconds * 1000),
  });
  const { jti, iat, htm, htu, ath } = payload;
  const problems = {
    htm: htm !== request.method,
    htu: htu !== request.url.replace(/[?#].*$/, ''),
    ath: ath !== (accessToken && createHash('sha256').update(accessToken).digest('base64url')),
    iat: Math.abs(nowSeconds - iat!) > toleranceSeconds,
    jti: spent.has(jti),
  };
  const wrong = Object.entries(problems).find(([, isWrong]) => isWrong);
  if (wrong) throw new Error(`${wrong[0]} is wrong`);
  spent.add(jti);
  return calculateJwkThumbprint(protectedHeader.jwk!);
}
