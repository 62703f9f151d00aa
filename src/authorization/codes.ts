/** Authorization codes: given to a client by the way of the browser, redeemed once (RFC 6749 §4.1, PKCE RFC 7636). */

import { isSha256 } from '../protocol/base64url.ts';
import type { Parameters } from './form.ts';
import { newHandle, readHandle, sha256, type AuthorizeParameters, type Grant, type Handle } from './grant.ts';
import { Refusal } from './refusal.ts';
import type { Settings } from './settings.ts';

/**
 * Makes a code.
 *
 * @throws TypeError where the client or its redirect URI is unknown, or a hash or a time is not one.
 */
export async function issueCode(request: AuthorizeParameters, settings: Settings): Promise<string> {
  const { clientId, redirectUri, sub, sid, scope, codeChallenge, dpopJkt } = request;
  const client = settings.clients.get(clientId);
  if (!client?.redirectUris.includes(redirectUri)) throw new TypeError('The client or its redirect URI is unknown');
  if (!isSha256(codeChallenge)) throw new TypeError('codeChallenge must be base64url of a SHA-256');
  if (dpopJkt !== undefined && !isSha256(dpopJkt)) throw new TypeError('dpopJkt must be base64url of a SHA-256');
  if (typeof sub !== 'string' || !sub) throw new TypeError('sub is missing: who logged in?');
  const code = await newHandle();
  const current = { kind: 'code', hash: code.hash } as const;
  const now = settings.nowSeconds();
  const issuedAtSeconds = Math.floor(request.issuedAtSeconds ?? now);
  if (!Number.isFinite(issuedAtSeconds)) throw new TypeError('issuedAtSeconds must be a number');
  const expiresAtSeconds = now + settings.codeLifetimeSeconds;
  const about = { clientId, redirectUri, sub, sid, scope, codeChallenge, dpopJkt, issuedAtSeconds };
  await settings.storage.put(code.id, { version: 1, ...about, current, accessTokens: [], revoked: false, expiresAtSeconds });
  return code.text;
}

/**
 * The grant of a presented code, where its redirect URI, its verifier and its key are right. Whether it is this client's,
 * and whether the code was used before, is not checked here.
 *
 * @throws Refusal
 */
export async function findByCode(form: Parameters, jkt: string, { storage }: Settings) {
  const { code, code_verifier, redirect_uri } = form;
  if (code === undefined) throw new Refusal('invalid_request', 'code is missing');
  if (code_verifier === undefined) throw new Refusal('invalid_request', 'code_verifier is missing');
  if (redirect_uri === undefined) throw new Refusal('invalid_request', 'redirect_uri is missing');
  const handle = await readHandle(code);
  const grant = await storage.get(handle.id);
  // The grant's refresh token is no code: PKCE alone must not carry it to another key (RFC 9449 §5).
  const isOther = grant && grant.current.kind !== 'code' && grant.current.hash === handle.hash;
  if (!grant || isOther || grant.current.kind === 'request_uri') throw new Refusal('invalid_grant', 'The code is unknown');
  if (redirect_uri !== grant.redirectUri) {
    throw new Refusal('invalid_grant', 'The code was issued for another redirect URI');
  }
  if (!/^[\w.~-]{43,128}$/.test(code_verifier) || (await sha256(code_verifier)) !== grant.codeChallenge) {
    throw new Refusal('invalid_grant', 'The code verifier is wrong');
  }
  if (grant.dpopJkt !== undefined && grant.dpopJkt !== jkt) {
    throw new Refusal('invalid_grant', 'The code is bound to another key');
  }
  return { handle, grant } satisfies { handle: Handle; grant: Grant };
}
