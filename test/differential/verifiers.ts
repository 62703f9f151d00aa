/** Two other readings of one request: oauth4webapi's, and what one writes by hand over jose after reading RFC 9449. */

import { calculateJwkThumbprint, createLocalJWKSet, EmbeddedJWK, jwtVerify, type JWK } from 'jose';
import * as oauth from 'oauth4webapi';
import { digest } from '../../src/crypto/web.ts';
import { accessTokenHash } from '../../src/protocol/proof.ts';
import type { Api } from '../support/api.ts';

/** Resolves where the request may pass, rejects where it may not. */
export type OtherVerifier = (request: Request, api: Api) => Promise<unknown>;

const clockToleranceSeconds = 10;

const oauth4webapi: OtherVerifier = (request, { issuer, clock }) =>
  oauth.validateJwtAccessToken({ issuer: issuer.issuer, jwks_uri: `${issuer.issuer}/jwks` }, request, issuer.audience, {
    [oauth.clockSkew]: clock.nowSeconds - Math.floor(Date.now() / 1000),
    [oauth.clockTolerance]: clockToleranceSeconds,
    [oauth.customFetch]: async () => Response.json(issuer.jwks),
  });

const handWritten: OtherVerifier = async (request, { issuer, clock }) => {
  const [scheme, accessToken] = request.headers.get('Authorization')?.split(' ') ?? [];
  const proof = request.headers.get('DPoP');
  if (scheme?.toLowerCase() !== 'dpop' || !accessToken || !proof) throw new Error('no DPoP request');
  const terms = { clockTolerance: clockToleranceSeconds, currentDate: new Date(clock.nowSeconds * 1000) };
  const { issuer: iss, audience } = issuer;
  const { payload } = await jwtVerify(accessToken, createLocalJWKSet(issuer.jwks), { ...terms, issuer: iss, audience, typ: 'at+jwt', requiredClaims: ['exp', 'cnf'] });
  const checked = await jwtVerify(proof, EmbeddedJWK, {
    ...terms, typ: 'dpop+jwt', algorithms: ['ES256', 'EdDSA', 'Ed25519'], maxTokenAge: 60, requiredClaims: ['jti', 'htm', 'htu', 'ath'],
  });
  const { origin, pathname } = new URL(request.url);
  if (checked.payload.htm !== request.method || checked.payload.htu !== origin + pathname) throw new Error('another request');
  if (checked.payload.ath !== (await accessTokenHash(accessToken, digest))) throw new Error('another token');
  const { jkt } = (payload.cnf ?? {}) as { jkt?: string };
  if (jkt !== (await calculateJwkThumbprint(checked.protectedHeader.jwk as JWK))) throw new Error('another key');
};

export const otherVerifiers = { oauth4webapi, 'by hand over jose': handWritten } as const;

export type OtherName = keyof typeof otherVerifiers;
