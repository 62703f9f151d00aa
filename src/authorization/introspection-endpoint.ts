/** The introspection endpoint (RFC 7662): resource servers ask what an access token says, and whether it is still good. */

import type { CallerCheck } from './caller.ts';
import { readForm } from './form.ts';
import { Refusal } from './refusal.ts';
import { isRevoked } from './revoked.ts';
import type { Settings } from './settings.ts';

/**
 * Answers an introspection request. `active: false` stands alone, and for everything that is no living access token of
 * this server: a refresh token is nothing that a resource server may ask about (RFC 7662 §2.2).
 *
 * @throws Refusal, and what the revocation list rejects with.
 */
export async function introspectionEndpoint(
  request: Request,
  settings: Settings & { readonly checkCaller: CallerCheck },
  headers: Headers,
): Promise<Response> {
  await settings.checkCaller(request.headers.get('authorization'));
  const { token } = await readForm(request);
  if (token === undefined) throw new Refusal('invalid_request', 'token is missing');
  if (token.split('.').length === 5) throw new Refusal('invalid_request', 'Encrypted: ask about the signed token inside');
  return Response.json(await introspect(token, settings), { headers });
}

// `cnf` at the top level, and the type that goes with it (RFC 9449 §6.2).
async function introspect(token: string, settings: Settings) {
  const claims = await settings.accessTokens.read(token, settings.nowSeconds());
  if (!claims || (await isRevoked({ ...claims, jkt: claims.cnf.jkt }, settings))) return { active: false };
  return { active: true, token_type: 'DPoP', ...claims };
}
