/** The one table of denials: what each code means on the wire. */

/** What a denial says: HTTP status, challenge error, text. */
export interface DenialTerms {
  readonly status: 400 | 401 | 503;
  /** The registered error code (RFC 6750 §3.1, RFC 9449 §7.1, §9); none where no credentials came (RFC 6750 §3). */
  readonly error?: 'invalid_request' | 'invalid_token' | 'invalid_dpop_proof' | 'use_dpop_nonce' | 'temporarily_unavailable';
  /** For people. Neither quote nor backslash, and nothing that the caller did not send (RFC 6750 §3). */
  readonly description: string;
}

const badRequest = { status: 400, error: 'invalid_request' } as const;
const badProof = { status: 401, error: 'invalid_dpop_proof' } as const;
const badToken = { status: 401, error: 'invalid_token' } as const;

/** Every code, with its HTTP status, its challenge error and its text. */
const table = {
  missing_credentials: { status: 401, description: 'This resource needs an access token and a DPoP proof.' },
  malformed_request: { ...badRequest, description: 'The request must carry one Authorization and one DPoP header, both well formed, and no token elsewhere.' },
  proof_missing: { ...badProof, description: 'The DPoP header is missing.' },
  malformed_proof: { ...badProof, description: 'The DPoP proof is not well formed.' },
  method_mismatch: { ...badProof, description: 'The DPoP proof was made for another method.' },
  uri_mismatch: { ...badProof, description: 'The DPoP proof was made for another URL.' },
  bad_or_missing_nonce: { status: 401, error: 'use_dpop_nonce', description: 'The DPoP proof needs the nonce that this answer carries.' },
  proof_expired: { ...badProof, description: 'The DPoP proof is too old.' },
  proof_not_yet_valid: { ...badProof, description: 'The DPoP proof is from the future.' },
  proof_token_mismatch: { ...badProof, description: 'The DPoP proof was made for another access token.' },
  bad_access_token_signature: { ...badToken, description: 'The signature of the access token cannot be verified.' },
  token_not_for_this_server: { ...badToken, description: 'The access token is not one for this resource server.' },
  token_expired: { ...badToken, description: 'The access token has expired.' },
  token_not_yet_valid: { ...badToken, description: 'The access token is not valid yet.' },
  proof_key_not_bound_to_token: { ...badToken, description: 'The access token is not bound to the key of the DPoP proof.' },
  bearer_downgrade: { ...badToken, description: 'The access token must be sent with the DPoP scheme and a proof.' },
  bad_proof_signature: { ...badProof, description: 'The signature of the DPoP proof is wrong.' },
  token_revoked: { ...badToken, description: 'The access token has been revoked.' },
  proof_replayed: { ...badProof, description: 'The DPoP proof has been used before.' },
  verifier_unavailable: { status: 503, error: 'temporarily_unavailable', description: 'The request cannot be verified at the moment.' },
} as const satisfies Record<string, DenialTerms>;

/** Why a request is denied: stable names, finer than the registered error codes that go into the challenge. */
export type DenyCode = keyof typeof table;

/** The terms of every code. */
export const denials: Readonly<Record<DenyCode, DenialTerms>> = table;
