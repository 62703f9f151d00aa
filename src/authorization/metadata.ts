/** Authorization server metadata (RFC 8414): what a client must know before it makes its key. */

import type { Settings } from './settings.ts';

/** The metadata document. */
export function metadata({ issuer, endpoints, proofAlgorithms, authenticate }: Settings) {
  return {
    issuer,
    ...(authenticate && { authorization_endpoint: endpoints.authorization }),
    token_endpoint: endpoints.token,
    revocation_endpoint: endpoints.revocation,
    jwks_uri: endpoints.jwks,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    revocation_endpoint_auth_methods_supported: ['none'],
    authorization_response_iss_parameter_supported: true,
    dpop_signing_alg_values_supported: proofAlgorithms,
  };
}
