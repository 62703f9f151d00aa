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
   * Names what this memory holds: another name from the moment that anything in it may have been lost (a restart, a
   * flush, a failover). Server nonces are bound to it, so that a proof whose spending was forgotten is asked for a new
   * nonce. Default: none, the memory never loses anything.
   */
  epoch?(): Promise<string>;
  /**
   * Claims a key for the first time: true for the first caller, false for everyone after, until the key expires.
   * Finding and remembering are one atomic operation.
   *
   * @param key what is claimed: printable ASCII, at most 128 characters, scoped by its kind.
   * @param expiresAtSeconds when the key may be forgotten, in seconds since 1970.
   */
  claim(key: string, expiresAtSeconds: number): Promise<boolean>;
}
