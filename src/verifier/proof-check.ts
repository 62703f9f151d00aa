/** What both servers check of a proof, each check alone; the servers put them in order. */

import { digest, verifySignature } from '../crypto/web.ts';
import { encodeBase64url } from '../protocol/base64url.ts';
import { utf8 } from '../protocol/bytes.ts';
import type { ParsedProof } from '../protocol/proof.ts';
import { normaliseTargetUri } from '../protocol/target-uri.ts';
import type { ReplayStore } from '../stores/replay-store.ts';
import type { NonceIssuer } from './nonce.ts';

/** Why a proof is refused. Malformed ones never get this far. */
export type ProofDenyCode =
  | 'malformed_proof'
  | 'method_mismatch'
  | 'uri_mismatch'
  | 'bad_or_missing_nonce'
  | 'proof_expired'
  | 'proof_not_yet_valid'
  | 'bad_proof_signature'
  | 'proof_replayed';

/** The clock that freshness is judged by, all in seconds. */
export interface ProofClock {
  readonly nowSeconds: number;
  readonly maxAgeSeconds: number;
  readonly clockToleranceSeconds: number;
}

/** How long a fresh proof stays acceptable: until then it must be remembered. */
export interface Freshness {
  readonly expiresAtSeconds: number;
  /** When the proof's nonce dies; absent where no nonce is demanded. */
  readonly nonceExpiresAtSeconds?: number;
}

/** `htm` is the method, letter by letter (RFC 9449 §4.3 (8), RFC 9110 §9.1). */
export function checkMethod(proof: ParsedProof, method: string): ProofDenyCode | undefined {
  return proof.claims.htm === method ? undefined : 'method_mismatch';
}

/** `htu` is the URL that the client called, both normalised, query and fragment ignored (RFC 9449 §4.3 (9)). */
export function checkUri(proof: ParsedProof, url: string): ProofDenyCode | undefined {
  const htu = normaliseTargetUri(proof.claims.htu);
  return htu !== undefined && htu === normaliseTargetUri(url) ? undefined : 'uri_mismatch';
}

/**
 * The proof is young (RFC 9449 §4.3 (10), (11)). Where nonces are demanded, the nonce is ours and alive, and its time
 * stands in for `iat`, so that a client with a wrong clock still works; else `iat` lies in the window.
 */
export async function checkFreshness(
  { claims }: ParsedProof,
  nonces: NonceIssuer | undefined,
  { nowSeconds, maxAgeSeconds, clockToleranceSeconds }: ProofClock,
): Promise<ProofDenyCode | Freshness> {
  if (nonces) {
    const expiry = claims.nonce && (await nonces.expiry(claims.nonce, nowSeconds, clockToleranceSeconds));
    if (!expiry) return 'bad_or_missing_nonce';
    return { expiresAtSeconds: expiry, nonceExpiresAtSeconds: expiry };
  }
  const expiresAtSeconds = claims.iat + maxAgeSeconds + clockToleranceSeconds;
  if (claims.iat > nowSeconds + clockToleranceSeconds) return 'proof_not_yet_valid';
  if (nowSeconds > expiresAtSeconds) return 'proof_expired';
  return { expiresAtSeconds };
}

/** The proof is signed by the key that it shows (RFC 9449 §4.3 (6)). */
export async function checkSignature({ alg, jwk, signature, signingInput }: ParsedProof): Promise<ProofDenyCode | undefined> {
  return (await verifySignature(alg, jwk, signature, signingInput)) ? undefined : 'bad_proof_signature';
}

/**
 * Spends the proof, then its nonce where nonces are for single use (RFC 9449 §11.1): the last check of all, because
 * whatever is claimed here is gone. Entries outlive the proof by one second, never more.
 *
 * @throws whatever the store rejects with.
 */
export async function claimProof(
  { claims }: ParsedProof,
  jkt: string,
  { expiresAtSeconds, nonceExpiresAtSeconds }: Freshness,
  nonces: NonceIssuer | undefined,
  store: ReplayStore,
): Promise<ProofDenyCode | undefined> {
  if (!(await store.claim(await claimKey('proof', jkt, claims.jti), expiresAtSeconds + 1))) return 'proof_replayed';
  if (!nonces?.singleUse) return undefined;
  const nonceKey = await claimKey('nonce', '', claims.nonce!);
  return (await store.claim(nonceKey, nonceExpiresAtSeconds! + 1)) ? undefined : 'bad_or_missing_nonce';
}

// 128 bits of a hash: as short for a huge jti as for a small one, and one client cannot burn another's.
async function claimKey(kind: string, jkt: string, id: string): Promise<string> {
  const hash = await digest(utf8(`${jkt}\0${id}`));
  return `${kind}:${encodeBase64url(hash.subarray(0, 16))}`;
}
