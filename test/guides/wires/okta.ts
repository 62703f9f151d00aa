/**
 * Okta, a custom authorization server, as documented (November 2026):
 * https://developer.okta.com/docs/guides/dpop/nonoktaresourceserver/main/ (400 use_dpop_nonce; the nonce is renewed every
 * 24 hours, and the old ones work for three days; token_type DPoP; cnf.jkt),
 * https://support.okta.com/help/s/article/the-typ-field-is-missing-from-the-access-token-header (no typ), and
 * https://support.okta.com/help/s/article/the-dpop-proof-jwt-header-is-missing (a request without a proof).
 */

import type { Vendor } from './wire.ts';

const origin = 'https://travel.okta.com';

export const okta: Vendor = {
  origin,
  issuer: `${origin}/oauth2/default`,
  paths: { authorize: '/oauth2/default/v1/authorize', token: '/oauth2/default/v1/token', keys: '/oauth2/default/v1/keys' },
  proofAlgorithms: ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'],
  listsAlgorithms: true,
  goodNonces: 3, // one a day, good for three
  nonceWanted: 'Authorization server requires nonce in DPoP proof.',
  proofMissing: 'The DPoP proof JWT header is missing.',
  proofRefusal: (fault) => ({ error: 'invalid_dpop_proof', error_description: fault }),
  accessToken: ({ clientId, scope }) => ({
    claims: { ver: 1, jti: `AT.${crypto.randomUUID()}`, aud: 'api://default', cid: clientId, uid: '00u1', scp: scope.split(' '), sub: 'alice@example.com' },
  }),
  // Its own SDK for pages, okta-auth-js, reads the nonce there.
  exposedHeaders: ['DPoP-Nonce'],
};
