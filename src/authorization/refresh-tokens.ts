/** Refresh tokens: bound to the key that redeemed the code (RFC 9449 §5), a new one at each use (RFC 9700 §4.14). */

import type { Parameters } from './form.ts';
import { readHandle, type Grant, type Handle } from './grant.ts';
import { Refusal } from './refusal.ts';
import type { Settings } from './settings.ts';

/**
 * The grant of a presented refresh token, where the key is right. Whether the token was used before is not checked
 * here: a thief without the key must not be able to end the family.
 *
 * @throws Refusal
 */
export async function findByRefreshToken(form: Parameters, jkt: string, { storage }: Settings) {
  const { refresh_token } = form;
  if (refresh_token === undefined) throw new Refusal('invalid_request', 'refresh_token is missing');
  const handle = await readHandle(refresh_token);
  const grant = await storage.get(handle.id);
  if (!grant || grant.current.kind !== 'refresh_token') throw new Refusal('invalid_grant', 'The refresh token is unknown');
  if (grant.jkt !== jkt) throw new Refusal('invalid_grant', 'The refresh token is bound to another key');
  return { handle, grant } satisfies { handle: Handle; grant: Grant };
}

/** The scope of the next access token: the grant's, or the part of it that was asked for (RFC 6749 §6). @throws Refusal */
export function narrowScope({ scope: asked }: Parameters, { scope: granted }: Grant): string | undefined {
  if (asked === undefined) return granted;
  const all = granted?.split(' ') ?? [];
  if (asked.split(' ').every((part) => all.includes(part))) return asked;
  throw new Refusal('invalid_scope', 'The scope exceeds what was granted');
}
