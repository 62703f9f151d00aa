/** Authorization server metadata (RFC 8414): what a client must know before it makes its key. */

import type { Settings } from './settings.ts';

/** The metadata document. */
export function metadata(settings: Settings) {
  const { issuer, endpoints, proofAlgorithms, authenticate, requirePushedRequests, checkCaller } = settings;
  return {
    issuer,
    ...(authenticate && {
      authorization_endpoint: endpoints.authorization,
      pushed_authorization_request_endpoint: endpoints.pushedRequest,
      ...(requirePushedRequests && { require_pushed_authorization_requests: true }),
    }),
    token_endpoint: endpoints.token,
    revocation_endpoint: endpoints.revocation,
    ...(checkCaller && {
      introspection_endpoint: endpoints.introspection,
      introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
    }),
    jwks_uri: endpoints.jwks,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    revocation_endpoint_auth_methods_supported: ['none'],
    authorization_response_iss_parameter_supported: true,
    dpop_signing_alg_values_supported: proofAlgorithms,
  };
}
