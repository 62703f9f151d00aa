/** The token endpoint (RFC 6749 §3.2): every request carries a proof, every token is bound to its key (RFC 9449 §5). */

import { newTokenId } from './access-token.ts';
import { checkProof } from './bind.ts';
import { findByCode } from './codes.ts';
import { readClient, readForm, type Parameters } from './form.ts';
import { newHandle, type Grant, type Handle } from './grant.ts';
import { findByRefreshToken, narrowScope } from './refresh-tokens.ts';
import { Refusal } from './refusal.ts';
import { revokeGrant } from './revocation-endpoint.ts';
import { isRevoked } from './revoked.ts';
import { revocationRetentionSeconds } from '../stores/revocation.ts';
import type { Settings } from './settings.ts';

/**
 * Answers a token request. The order matters: what cannot be undone (the proof, then the grant) is spent last.
 *
 * @throws Refusal, and what the stores reject with.
 */
export async function tokenEndpoint(request: Request, settings: Settings, headers: Headers): Promise<Response> {
  const form = await readForm(request);
  const client = readClient(form, settings);
  const { method, headers: received } = request;
  const proof = await checkProof({ method, url: settings.endpoints.token, headers: received }, settings, headers);
  const found = await findGrant(form, proof.jkt, settings);
  await checkAlive(found, client.clientId, settings);
  // Before the list is asked: a revocation that it does not know yet reaches the token that comes of this.
  const now = Math.floor(settings.nowSeconds());
  await checkUnrevoked(found.grant, proof.jkt, settings);
  const scope = narrowScope(form, found.grant);
  await proof.claim();
  return Response.json(await spend(found, { jkt: proof.jkt, scope, now }, settings), { headers });
}

async function findGrant(form: Parameters, jkt: string, settings: Settings) {
  if (form.grant_type === 'authorization_code') return findByCode(form, jkt, settings);
  if (form.grant_type === 'refresh_token') return findByRefreshToken(form, jkt, settings);
  if (form.grant_type === undefined) throw new Refusal('invalid_request', 'grant_type is missing');
  throw new Refusal('unsupported_grant_type', 'Only authorization_code and refresh_token are served');
}

async function checkAlive({ handle, grant }: { handle: Handle; grant: Grant }, clientId: string, settings: Settings): Promise<void> {
  if (grant.clientId !== clientId) throw new Refusal('invalid_grant', 'The grant belongs to another client');
  // Its access tokens, too: the list may have been down when the grant was revoked.
  if (grant.revoked) await revokeGrant(handle.id, settings);
  if (grant.revoked) throw new Refusal('invalid_grant', 'The grant is revoked');
  if (settings.nowSeconds() > grant.expiresAtSeconds) throw new Refusal('invalid_grant', 'The grant has expired');
}

// Whatever ends the access tokens of a user, a session, a client or a lost device ends what would bring new ones.
async function checkUnrevoked({ sub, sid, clientId, issuedAtSeconds }: Grant, jkt: string, settings: Settings): Promise<void> {
  const named = { iss: settings.issuer, sub, sid, client_id: clientId, jkt, iat: issuedAtSeconds };
  if (await isRevoked(named, settings)) throw new Refusal('invalid_grant', 'The grant is revoked');
}

// The storage decides who is first. Whoever is not has used a code or refresh token for the second time: nobody can
// tell the thief from the owner, so the whole family ends (RFC 6749 §4.1.2, RFC 9700 §4.14.2).
async function spend(
  { handle, grant }: { handle: Handle; grant: Grant },
  { jkt, scope, now }: { jkt: string; scope: string | undefined; now: number },
  settings: Settings,
) {
  const { sub, sid, clientId } = grant;
  const expiresAtSeconds = now + settings.accessTokenLifetimeSeconds;
  const token = { sub, sid, scope, clientId, jkt, jti: newTokenId(), issuedAtSeconds: now, expiresAtSeconds };
  const accessToken = await settings.accessTokens.sign(token);
  const next = await newHandle(handle.text);
  const spent = advance(grant, { jkt, hash: next.hash, token, now, settings });
  const isFirst = grant.current.hash === handle.hash && (await settings.storage.put(handle.id, spent));
  if (!isFirst) {
    await revokeGrant(handle.id, settings);
    throw new Refusal('invalid_grant', 'The code or refresh token was used before: all its tokens are revoked');
  }
  return {
    access_token: accessToken,
    token_type: 'DPoP',
    expires_in: settings.accessTokenLifetimeSeconds,
    refresh_token: next.text,
    ...(scope !== undefined && { scope }),
  };
}

function advance(
  grant: Grant,
  use: { jkt: string; hash: string; token: { jti: string; expiresAtSeconds: number }; now: number; settings: Settings },
): Grant {
  const { jkt, hash, now, settings } = use;
  const { jti, expiresAtSeconds } = use.token;
  const isLogin = grant.current.kind === 'code';
  return {
    ...grant,
    version: grant.version + 1,
    jkt,
    current: { kind: 'refresh_token', hash },
    accessTokens: [...grant.accessTokens.filter((old) => old.expiresAtSeconds + revocationRetentionSeconds >= now), { jti, expiresAtSeconds }],
    expiresAtSeconds: isLogin ? now + settings.refreshTokenLifetimeSeconds : grant.expiresAtSeconds,
  };
}
