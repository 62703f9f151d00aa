/** Where spent proofs and spent nonces are remembered. */

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
   * Claims a key for the first time: true for the first caller, false for everyone after, until the key expires.
   * Finding and remembering are one atomic operation.
   *
   * @param key what is claimed: printable ASCII, at most 128 characters, scoped by its kind.
   * @param expiresAtSeconds when the key may be forgotten, in seconds since 1970.
   */
  claim(key: string, expiresAtSeconds: number): Promise<boolean>;
}
