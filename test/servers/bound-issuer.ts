/** An OpenID provider as somebody runs it already, which signs its own tokens: it learns DPoP by `bind`, in three lines. */

import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createAuthorizationServer } from '../../src/authorization-server.ts';
import type { ReplayStore } from '../../src/resource-server.ts';

interface Grant {
  readonly clientId: string;
  readonly scope: string;
  readonly nonce: string | undefined;
  /** The key that the grant is for: from the start by `dpop_jkt`, else from the first token request on. */
  readonly jkt: string | undefined;
  readonly codeChallenge?: string;
}

/** The issuer behind one fetch, at the paths of Auth0. `issuer` has Auth0's slash at its end. */
export async function createBoundIssuer({ origin, audience, replayStore }: { origin: string; audience: string; replayStore: ReplayStore }) {
  const issuer = `${origin}/`;
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'RS256', use: 'sig' }];
  const { bind } = createAuthorizationServer({ issuer: origin, audience, clients: [], replayStore });
  const grants = new Map<string, Grant>();

  function remember(grant: Grant): string {
    const handle = crypto.randomUUID();
    grants.set(handle, grant);
    return handle;
  }

  const sign = (claims: Record<string, unknown>, { aud, typ }: { aud: string; typ: string }) =>
    new SignJWT({ sub: 'alice', ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'key-1', typ })
      .setIssuer(issuer).setAudience(aud).setIssuedAt().setExpirationTime('5 min').sign(privateKey);

  function authorize({ searchParams: asked }: URL): Response {
    const [clientId = '', scope = '', nonce, jkt, codeChallenge = ''] =
      ['client_id', 'scope', 'nonce', 'dpop_jkt', 'code_challenge'].map((name) => asked.get(name) ?? undefined);
    const back = new URL(asked.get('redirect_uri')!);
    back.searchParams.set('code', remember({ clientId, scope, nonce, jkt, codeChallenge }));
    back.searchParams.set('state', asked.get('state')!);
    return new Response(null, { status: 303, headers: { Location: back.href } });
  }

  async function answerToken(request: Request): Promise<Response> {
    const form = new URLSearchParams(await request.clone().text());
    const bound = await bind(request);
    if (!bound.ok) return bound.response();
    const handle = form.get('code') ?? form.get('refresh_token') ?? '';
    const grant = grants.get(handle);
    const isKept = grant?.codeChallenge === undefined || grant.codeChallenge === (await sha256(form.get('code_verifier') ?? ''));
    if (!grant || !isKept || (grant.jkt ?? bound.jkt) !== bound.jkt) return Response.json({ error: 'invalid_grant' }, { status: 400, headers: bound.headers });
    grants.delete(handle);
    const { clientId, scope, nonce } = grant;
    const accessToken = await sign({ client_id: clientId, scope, jti: crypto.randomUUID(), cnf: bound.cnf }, { aud: audience, typ: 'at+jwt' });
    const idToken = await sign({ nonce }, { aud: clientId, typ: 'JWT' });
    const refreshToken = remember({ clientId, scope, nonce, jkt: bound.jkt });
    const answer = { access_token: accessToken, id_token: idToken, refresh_token: refreshToken, token_type: 'DPoP', expires_in: 300, scope };
    return Response.json(answer, { headers: bound.headers });
  }

  async function fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === '/authorize') return authorize(url);
    if (url.pathname === '/oauth/token') return answerToken(request);
    return Response.json({ keys });
  }

  return { issuer, keys: new URL(`${origin}/jwks`), fetch };
}

async function sha256(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text))).toString('base64url');
}
