/** Where spent proofs and spent nonces are remembered. */

import type { RevocationSource, TokenIdentity } from './revocation.ts';

/** Something that may be used once. */
export interface Claim {
  /** What is claimed: printable ASCII, at most 128 characters, scoped by its kind. */
  readonly key: string;
  /** When the key may be forgotten, in seconds since 1970: at most 30 hours from now. */
  readonly expiresAtSeconds: number;
}

/** How far ahead a claim may end: 30 hours. What a verifier spends lives for a day and twenty minutes at most. */
export const maxClaimSeconds = 108_000;

/** Everything that one good request spends, and what must still hold at that moment. */
export interface Spending {
  /** The proof, by its key and its `jti` (RFC 9449 §11.1). */
  readonly proof: Claim;
  /** Present where nonces are for single use. */
  readonly nonce?: Claim;
  /** The epoch that the request's freshness was judged by. */
  readonly epoch?: string;
  /** The key that spends: quotas count by it. */
  readonly jkt: string;
  /** The access token, where the same memory knows what is revoked. */
  readonly token?: TokenIdentity;
}

/** What came of a spending: nothing but `spent` lets a request pass. */
export type SpendOutcome = 'spent' | 'proof_replayed' | 'nonce_reused' | 'epoch_changed' | 'token_revoked';

/**
 * Remembers what may be used once only: proofs (RFC 9449 §11.1) and single-use nonces.
 *
 * A store that cannot answer (down, full, slow) rejects: the verifier then answers 503 `verifier_unavailable`. It never
 * guesses.
 */
export interface ReplayStore {
  /**
   * Whether several processes see one and the same memory. A shared store wants a shared nonce secret too.
   * Default: false.
   */
  readonly shared?: boolean;
  /**
   * The least `storeTimeoutSeconds` that a verifier may have with this store: what is spent is kept by that much longer,
   * and the store counts on it. With less, servers do not start. Default: any.
   */
  readonly minTimeoutSeconds?: number;
  /**
   * Names what this memory holds: another name from the moment that anything in it may have been lost (a restart, a
   * flush, a failover). Server nonces are bound to it, so that a proof whose spending was forgotten is asked for a new
   * nonce. Default: none, the memory never loses anything.
   */
  epoch?(): Promise<string>;
  /**
   * Since when this memory is whole, in seconds since 1970: what was spent earlier may not be in it. Where no nonces are
   * demanded, proofs from before that are refused. Asked for after `epoch`; of that epoch, or of a later one. Default:
   * since ever.
   */
  bornAtSeconds?(): Promise<number>;
  /**
   * Claims a key for the first time: true for the first caller, false for everyone after, until the key expires.
   * Finding and remembering are one atomic operation.
   *
   * @param key what is claimed: printable ASCII, at most 128 characters, scoped by its kind.
   * @param expiresAtSeconds when the key may be forgotten, in seconds since 1970: at most 30 hours from now.
   */
  claim(key: string, expiresAtSeconds: number): Promise<boolean>;
  /**
   * Checks and claims everything of one request in one atomic operation, so that no failure between two steps can let a
   * spent proof pass. Unless the outcome is `spent`, nothing that a good request needs is claimed. Default: the verifier
   * calls `claim` for the proof, then for the nonce.
   */
  spend?(spending: Spending): Promise<SpendOutcome>;
  /**
   * The revocation source whose memory `spend` looks into itself, when it is given a token. A verifier that has this very
   * source as its `revocation` does not ask it separately. Default: none.
   */
  readonly revocation?: RevocationSource;
}
