/** The thief: a key of his own, and the best tool there is, which is this very library. */

import { createKeybound, createSigner, type Keybound } from 'keybound';
import { boundThumbprint, openJwt } from '../jwt.ts';
import { api } from './addresses.ts';
import type { Captured } from './line.ts';

/** How a captured request is changed before it is sent on. */
export interface Bent {
  readonly method?: string;
  readonly url?: string;
}

export class Thief {
  readonly #keybound: Keybound;

  private constructor(keybound: Keybound) {
    this.#keybound = keybound;
  }

  static async create(): Promise<Thief> {
    const signer = await createSigner();
    return new Thief(await createKeybound({ name: `thief ${await signer.thumbprint()}`, signer }));
  }

  get jkt(): string {
    return this.#keybound.jkt;
  }

  /** GET /orders with a stolen token, his own key, fresh nonces and flawless proofs. */
  async use(accessToken: string): Promise<Response> {
    const send = this.#keybound.protect({ origins: [api], accessToken: () => accessToken });
    return send(`${api}/orders`);
  }

  /** The token with his key in Alice's place and more rights; the issuer's signature stays what it was. */
  forge(accessToken: string): string {
    const [header, , signature] = accessToken.split('.');
    const token = openJwt(accessToken);
    if (!token || boundThumbprint(token) === undefined) throw new Error('This is no bound token.');
    const claims = { ...token.claims, sub: 'admin', cnf: { jkt: this.jkt } };
    return [header, base64url(JSON.stringify(claims)), signature].join('.');
  }

  /** Sends what he captured, as it is or bent. */
  async send({ headers, method, url }: Captured, bent: Bent): Promise<Response> {
    return globalThis.fetch(bent.url ?? url, { method: bent.method ?? method, headers });
  }
}

function base64url(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
