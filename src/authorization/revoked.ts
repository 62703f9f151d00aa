/** What the revocation list says, where this server can read it and not only write to it. */

import type { TokenIdentity } from '../stores/revocation.ts';
import type { Settings } from './settings.ts';

/** Whatever a token or a grant names. */
type Named = { readonly [Name in keyof TokenIdentity]?: TokenIdentity[Name] | undefined };

/** Whether a token, or a grant (which has no `jti`), is on the list. Rejects where the list does not answer. */
export async function isRevoked(named: Named, { revoked }: Pick<Settings, 'revoked'>): Promise<boolean> {
  const { iss, jti, sub, sid, client_id, jkt, iat } = named;
  const known = Object.entries({ iss, jti, sub, sid, client_id, jkt, iat }).filter(([, value]) => value !== undefined);
  return revoked ? revoked.check(Object.fromEntries(known)) : false;
}
