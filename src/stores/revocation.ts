/** Where revoked tokens are remembered. */

/** What a verifier knows of a token when it asks whether the token is revoked. */
export interface TokenIdentity {
  readonly jti?: string;
  readonly sub?: string;
  readonly sid?: string;
  readonly client_id?: string;
  readonly jkt?: string;
  readonly iat?: number;
}

/** The verifier's side: asked on every request, after possession of the key is proven. */
export interface RevocationSource {
  /** Whether the token is revoked. A source that cannot tell rejects: the verifier then answers 503. */
  check(token: TokenIdentity): Promise<boolean>;
}

/** The issuer's side: what the revocation endpoint (RFC 7009) writes to. */
export interface RevocationSink {
  /**
   * Revokes a token by its `jti` and resolves when every reader of this memory sees it.
   *
   * @param expiresAtSeconds the token's own `exp`: after it the entry may be forgotten.
   */
  revoke(token: { readonly jti: string; readonly expiresAtSeconds: number }): Promise<void>;
}
