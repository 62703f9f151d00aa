/**
 * Keycloak 26, as documented (November 2026): https://www.keycloak.org/securing-apps/dpop (all its asymmetric algorithms;
 * token_type DPoP; cnf.jkt; refresh tokens of public clients bound), and its source at commit 0687153, class DPoPUtil (no
 * nonces of its own; 400 invalid_request for every fault of a proof, "DPoP proof is missing" for none; proofs are good for
 * 10 seconds, and clocks may differ by 15).
 */

import type { Vendor } from './wire.ts';

const origin = 'https://keycloak.example.com';
const realm = '/realms/travel';

export const keycloak: Vendor = {
  origin,
  issuer: origin + realm,
  paths: {
    authorize: `${realm}/protocol/openid-connect/auth`,
    token: `${realm}/protocol/openid-connect/token`,
    keys: `${realm}/protocol/openid-connect/certs`,
  },
  proofAlgorithms: ['PS384', 'RS384', 'EdDSA', 'ES384', 'ES256', 'RS256', 'ES512', 'PS256', 'PS512', 'RS512'],
  listsAlgorithms: true,
  proofAgeSeconds: 10,
  proofMissing: 'DPoP proof is missing',
  proofRefusal: (fault) => ({ error: 'invalid_request', error_description: fault }),
  accessToken: ({ clientId, scope }) => ({
    typ: 'JWT',
    claims: { jti: `onrtac:${crypto.randomUUID()}`, aud: ['https://api.example.com', 'account'], sub: 'alice', typ: 'DPoP', azp: clientId, sid: crypto.randomUUID(), acr: '1', scope },
  }),
  exposedHeaders: ['Access-Control-Allow-Methods'],
};
