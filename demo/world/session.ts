/** Alice's token, where an app would keep it: in sessionStorage, readable by any script of the page. */

import type { JSONWebKeySet } from 'jose';
import { boundThumbprint, openJwt } from '../jwt.ts';

export interface AliceSession {
  readonly accessToken: string;
  readonly isRevoked: boolean;
}

const place = 'keybound-demo-session';

/** A token that is about to expire is not worth an attack. */
const marginSeconds = 20;

export function readSession(): AliceSession | undefined {
  const text = sessionStorage.getItem(place);
  return text === null ? undefined : (JSON.parse(text) as AliceSession);
}

export function writeSession(session: AliceSession): void {
  sessionStorage.setItem(place, JSON.stringify(session));
}

export function clearSession(): void {
  sessionStorage.removeItem(place);
}

/** When the token ends, in seconds since 1970. */
export function expiresAtSeconds({ accessToken }: AliceSession): number {
  return Number(openJwt(accessToken)?.claims.exp ?? 0);
}

/** Whether a token is still good, as far as the page can tell: its time, its key, its issuer, and no revocation. */
export function isAlive(session: AliceSession, jkt: string, { keys }: JSONWebKeySet): boolean {
  const token = openJwt(session.accessToken);
  if (session.isRevoked || boundThumbprint(token) !== jkt) return false;
  return expiresAtSeconds(session) > Date.now() / 1000 + marginSeconds && keys.some(({ kid }) => kid === token?.header.kid);
}
