/** The revocation endpoint (RFC 7009): refresh tokens with everything that came of them, and single access tokens. */

import { readClient, readForm } from './form.ts';
import { readHandle } from './grant.ts';
import { Refusal } from './refusal.ts';
import { revocationRetentionSeconds } from '../stores/revocation.ts';
import type { Settings } from './settings.ts';

/**
 * Answers a revocation request: 200 also for a token that nobody knows.
 *
 * @throws Refusal, and what the stores reject with: the token may still be good then, so that is 503 (RFC 7009 §2.2.1).
 */
export async function revocationEndpoint(request: Request, settings: Settings, headers: Headers): Promise<Response> {
  const form = await readForm(request);
  const { clientId } = readClient(form, settings);
  if (form.token === undefined) throw new Refusal('invalid_request', 'token is missing');
  await revokeToken(form.token, settings, clientId);
  return new Response(null, { status: 200, headers });
}

/**
 * Revokes a refresh token (or code) with its family, or one access token; a token that nobody knows, or that has
 * expired, is no error. With `clientId`, only a token of that client.
 *
 * @throws Refusal, and what the stores reject with: the token may still be good then.
 */
export async function revokeToken(token: string, settings: Settings, clientId?: string): Promise<void> {
  const segments = token.split('.').length;
  if (segments === 2) {
    const { id, hash } = await readHandle(token);
    const grant = await settings.storage.get(id);
    // The whole token, not just the half that names the grant: old codes and tokens lie about in logs and histories.
    if (grant?.current.hash !== hash) return;
    checkOwner(grant.clientId, clientId);
    return revokeGrant(id, settings);
  }
  if (segments === 5 && settings.encrypted) throw unsupported('Encrypted access tokens end with their refresh token');
  // Somebody's clock may be behind, and take it for alive.
  const known = await settings.accessTokens.read(token, settings.nowSeconds() - revocationRetentionSeconds);
  if (!known) return;
  checkOwner(known.client_id, clientId);
  if (!settings.revocation) throw unsupported('Access tokens cannot be revoked here');
  await settings.revocation.revoke({ jti: known.jti, expiresAtSeconds: known.exp });
}

/** Ends a grant: its refresh token is dead at once, then each access token that may still be alive. */
export async function revokeGrant(id: string, settings: Settings): Promise<void> {
  const { storage, revocation } = settings;
  const grant = await storage.get(id);
  if (!grant) return;
  const isRevoked = grant.revoked || (await storage.put(id, { ...grant, version: grant.version + 1, revoked: true }));
  if (!isRevoked) return revokeGrant(id, settings); // somebody wrote in between: look again
  for (const { jti, expiresAtSeconds } of grant.accessTokens) await revocation?.revoke({ jti, expiresAtSeconds });
}

function checkOwner(owner: string, clientId: string | undefined): void {
  if (clientId !== undefined && owner !== clientId) throw new Refusal('invalid_grant', 'The token belongs to another client');
}

function unsupported(description: string): Refusal {
  return new Refusal('unsupported_token_type', description);
}
