/** Alice's token, where an app would keep it: in sessionStorage, readable by any script of the page. */

import type { JSONWebKeySet } from 'jose';
import { boundThumbprint, openJwt } from '../jwt.ts';

export interface AliceSession {
  readonly accessToken: string;
  readonly isRevoked: boolean;
}

/** A token that is about to expire is not worth an attack. */
const marginSeconds = 20;

/** The place of one issuer's token. */
export class SessionPlace {
  readonly #name: string;

  constructor(issuer: string) {
    this.#name = `keybound-demo-session ${issuer}`;
  }

  read(): AliceSession | undefined {
    const text = sessionStorage.getItem(this.#name);
    return text === null ? undefined : (JSON.parse(text) as AliceSession);
  }

  write(session: AliceSession): void {
    sessionStorage.setItem(this.#name, JSON.stringify(session));
  }

  clear(): void {
    sessionStorage.removeItem(this.#name);
  }
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
