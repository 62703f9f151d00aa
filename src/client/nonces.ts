/** The newest nonce of each server, by role and origin (RFC 9449 §8.2, §9). */

import { isNonce } from '../protocol/nonce.ts';

/** Authorization server or resource server: one origin can be both, and the one's nonce is nothing to the other. */
export type ServerRole = 'AS' | 'RS';

/** Bounded by the lists of origins: only servers on them are ever asked. */
export type Nonces = Map<`${ServerRole} ${string}`, string>;

/** Remembers the nonce that an answer carries, and gives it back; undefined where there is none, or no valid one. */
export function learnNonce(nonces: Nonces, server: `${ServerRole} ${string}`, { headers }: Response): string | undefined {
  const nonce = headers.get('DPoP-Nonce') ?? '';
  if (!isNonce(nonce)) return undefined;
  nonces.set(server, nonce);
  return nonce;
}
