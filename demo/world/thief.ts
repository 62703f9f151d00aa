/** The thief: a key of his own, flawless proofs, and no Keybound. What he sends he tells himself. */

import { createProof, createSigner, type Signer } from 'keybound';
import { boundThumbprint, openJwt } from '../jwt.ts';
import { api } from './addresses.ts';
import type { Captured } from './line.ts';
import { tellingFetch, type Tell } from './wiretap.ts';

/** How a captured request is changed before it is sent on. */
export interface Bent {
  readonly method?: string;
  readonly url?: string;
}

export class Thief {
  readonly jkt: string;
  readonly #signer: Signer;
  readonly #fetch: typeof globalThis.fetch;

  private constructor(jkt: string, signer: Signer, tell: Tell) {
    this.jkt = jkt;
    this.#signer = signer;
    this.#fetch = tellingFetch('Thief', tell);
  }

  static async create(tell: Tell): Promise<Thief> {
    const signer = await createSigner();
    return new Thief(await signer.thumbprint(), signer, tell);
  }

  /** GET /orders with a stolen token and proofs by his own key: the first asks for a nonce, the second has it. */
  async use(accessToken: string): Promise<Response> {
    const asked = await this.#getOrders(accessToken);
    const nonce = asked.headers.get('DPoP-Nonce');
    return nonce === null ? asked : this.#getOrders(accessToken, nonce);
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
    return this.#fetch(bent.url ?? url, { method: bent.method ?? method, headers });
  }

  async #getOrders(accessToken: string, nonce?: string): Promise<Response> {
    const [method, url] = ['GET', `${api}/orders`];
    const proof = await createProof(this.#signer, { method, url, accessToken, nonce });
    return this.#fetch(url, { method, headers: { Authorization: `DPoP ${accessToken}`, DPoP: proof } });
  }
}

function base64url(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
