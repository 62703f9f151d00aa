/** What signs: asked for a proof, never for a signature over bytes, so that whoever holds the key can have a policy. */

import { KeyboundError, type SignerErrorCode } from '../protocol/errors.ts';

/** What a proof is about; the signer adds `iat` and `jti` itself (RFC 9449 §4.2). */
export interface ProofRequest {
  readonly htm: string;
  readonly htu: string;
  readonly ath?: string | undefined;
  readonly nonce?: string | undefined;
}

/** What a signer may heed. */
export interface ProofContext {
  /** Aborted when nobody wants the proof any more. */
  readonly signal?: AbortSignal | undefined;
  /** How far the server's clock has been seen ahead of ours, for `iat`; default 0. */
  readonly skewSeconds?: number | undefined;
  /** How the server spells Ed25519 in `alg`: `Ed25519` (RFC 9864) or `EdDSA` (RFC 8037); default the signer's own way. */
  readonly spelling?: string | undefined;
}

/** A key, wherever it lives: in IndexedDB, in an isolated frame, on a device. */
export interface Signer {
  readonly alg: 'Ed25519' | 'ES256';
  /** The key's RFC 7638 thumbprint, base64url. */
  thumbprint(): Promise<string>;
  /** The public key (kty, crv, x and, for ES256, y), where the signer tells it. */
  readonly publicJwk?: JsonWebKey;
  /** A fresh proof with a `jti` of its own. Rejects with a {@link SignerError}. */
  proof(request: ProofRequest, context?: ProofContext): Promise<string>;
  /** Destroys the key for good. */
  reset?(): Promise<void>;
  /** Lets go of what the signer holds; the key stays. */
  close?(): void;
}

/** A signer gave no proof; see {@link SignerErrorCode}. */
export class SignerError extends KeyboundError<SignerErrorCode> {
  override readonly name = 'SignerError';
}
