/**
 * Auth0, as documented (November 2026):
 * https://auth0.com/docs/secure/sender-constraining/demonstrating-proof-of-possession-dpop (elliptic-curve keys such as
 * ES256; public clients need a nonce; 400 use_dpop_nonce; token_type DPoP; cnf.jkt; invalid_dpop_proof, whose words are not
 * documented), and
 * https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles (two profiles of access tokens).
 */

import type { Vendor } from './wire.ts';

const origin = 'https://travel0.us.auth0.com';
const issuer = `${origin}/`;

/** A tenant with an API of one of the two profiles. */
export const auth0 = (profile: 'rfc9068' | 'auth0'): Vendor => ({
  origin,
  issuer,
  paths: { authorize: '/authorize', token: '/oauth/token', keys: '/.well-known/jwks.json' },
  proofAlgorithms: ['ES256'],
  goodNonces: 1,
  nonceWanted: 'Authorization server requires nonce in DPoP proof',
  proofRefusal: (fault) => ({ error: 'invalid_dpop_proof', error_description: fault }),
  accessToken({ clientId, scope }) {
    const claims = { sub: 'auth0|alice', aud: ['https://api.example.com', `${issuer}userinfo`], scope };
    if (profile === 'auth0') return { typ: 'JWT', claims: { ...claims, azp: clientId } };
    return { typ: 'at+jwt', claims: { ...claims, client_id: clientId, jti: crypto.randomUUID() } };
  },
  // Its own SDK for pages, auth0-spa-js, reads the nonce there.
  exposedHeaders: ['DPoP-Nonce'],
});
