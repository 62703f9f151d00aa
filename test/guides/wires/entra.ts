/**
 * Entra ID, version 2.0, as documented (November 2026):
 * https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference (typ JWT, RS256, azp, scp, ver) and
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow (token_type Bearer, whatever else is sent).
 */

import type { Vendor } from './wire.ts';

const origin = 'https://login.microsoftonline.com';
const tenant = '/8eaef023-2b34-4da1-9baa-8bc8c9d6a490';

export const entra: Vendor = {
  origin,
  issuer: `${origin}${tenant}/v2.0`,
  paths: { authorize: `${tenant}/oauth2/v2.0/authorize`, token: `${tenant}/oauth2/v2.0/token`, keys: `${tenant}/discovery/v2.0/keys` },
  proofRefusal: (fault) => ({ error: 'invalid_request', error_description: fault }),
  accessToken: ({ clientId, scope }) => ({
    typ: 'JWT',
    claims: { aud: 'api://travel', azp: clientId, azpacr: '0', oid: 'oid-of-alice', sub: 'pairwise-alice', scp: scope, tid: tenant.slice(1), ver: '2.0', nbf: Math.floor(Date.now() / 1000) },
  }),
  exposedHeaders: [],
};
