/** The signature algorithms of proofs, and the shape of key that each one takes. */

interface KeyShape {
  readonly kty: 'OKP' | 'EC' | 'RSA';
  readonly crv?: 'Ed25519' | 'P-256';
}

/**
 * `Ed25519` (RFC 9864) and `EdDSA` (RFC 8037) are two names of one algorithm here: `EdDSA` never means Ed448. The RSA
 * ones are for other people's clients; Keybound's own sign with Ed25519 or ES256.
 */
export const proofAlgorithms = {
  Ed25519: { kty: 'OKP', crv: 'Ed25519' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  ES256: { kty: 'EC', crv: 'P-256' },
  RS256: { kty: 'RSA' },
  PS256: { kty: 'RSA' },
} as const satisfies Record<string, KeyShape>;

/** An algorithm name that a proof's header may carry: asymmetric and registered (RFC 9449 §4.3 (5)). */
export type ProofAlgorithm = keyof typeof proofAlgorithms;

/** Whether this verifier can check proofs of an algorithm. */
export function isProofAlgorithm(name: unknown): name is ProofAlgorithm {
  return typeof name === 'string' && Object.hasOwn(proofAlgorithms, name);
}
