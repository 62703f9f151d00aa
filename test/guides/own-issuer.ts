/** An issuer that somebody runs already: its grants and its signature, which the guides' token endpoints take for granted. */

import { exportJWK, generateKeyPair, SignJWT, type JSONWebKeySet } from 'jose';

interface Grant {
  readonly claims: Record<string, unknown>;
  readonly jkt?: string;
}

export interface OwnIssuer {
  readonly issuer: string;
  readonly jwks: JSONWebKeySet;
  /** A code, or a refresh token from before, for a user who has logged in. */
  grant(jkt?: string): string;
  /** How many grants are there: none is used up by those who may not. */
  readonly size: () => number;
  remove(): void;
}

/** Puts `findGrant`, `replaceGrant` and `signAccessToken` where the guides' code finds them. */
export async function installOwnIssuer(): Promise<OwnIssuer> {
  const issuer = 'https://login.example.com';
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'RS256', use: 'sig' }] };
  const grants = new Map<string, Grant>();
  const handleOf = (form: URLSearchParams) => form.get('refresh_token') ?? form.get('code') ?? '';
  const remember = (grant: Grant): string => {
    const handle = crypto.randomUUID();
    grants.set(handle, grant);
    return handle;
  };
  const app = {
    findGrant: async (form: URLSearchParams) => grants.get(handleOf(form)),
    async replaceGrant(form: URLSearchParams, grant: Grant) {
      return grants.delete(handleOf(form)) ? remember(grant) : undefined;
    },
    signAccessToken: (claims: Record<string, unknown>) =>
      new SignJWT({ client_id: 'spa', jti: crypto.randomUUID(), ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'key-1', typ: 'at+jwt' })
        .setIssuer(issuer).setAudience('https://api.example.com').setIssuedAt().setExpirationTime('5 min').sign(privateKey),
  };
  Object.assign(globalThis, app);
  return {
    issuer,
    jwks,
    grant: (jkt) => remember({ claims: { sub: 'alice' }, ...(jkt !== undefined && { jkt }) }),
    size: () => grants.size,
    remove: () => Object.keys(app).forEach((name) => Reflect.deleteProperty(globalThis, name)),
  };
}
