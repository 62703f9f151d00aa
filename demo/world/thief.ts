/** The thief: a key of his own, flawless proofs, and no Keybound. He runs in the page, and as a process (demo/processes). */

import { createProof, createSigner, type Signer } from 'keybound';
import { boundThumbprint, openJwt } from '../jwt.ts';
import type { Captured } from './line.ts';
import { tellingFetch, type Tell } from './wiretap.ts';
import type { Bent, Thief } from './world.ts';

/** What he knows of the world. */
interface ThiefParts {
  /** Told of what he sends. */
  readonly tell: Tell;
  readonly api: string;
}

export class LocalThief implements Thief {
  readonly jkt: string;
  readonly #signer: Signer;
  readonly #api: string;
  readonly #fetch: typeof globalThis.fetch;

  private constructor(jkt: string, signer: Signer, { tell, api }: ThiefParts) {
    this.jkt = jkt;
    this.#signer = signer;
    this.#api = api;
    this.#fetch = tellingFetch('Thief', tell);
  }

  static async create(parts: ThiefParts): Promise<LocalThief> {
    const signer = await createSigner();
    return new LocalThief(await signer.thumbprint(), signer, parts);
  }

  /** The first attempt asks for a nonce, the second has it. */
  async use(accessToken: string): Promise<void> {
    const asked = await this.#getOrders(accessToken);
    const nonce = asked.headers.get('DPoP-Nonce');
    if (nonce !== null) await this.#getOrders(accessToken, nonce);
  }

  /** His key in Alice's place and more rights; the issuer's signature stays what it was. */
  async tamper(accessToken: string): Promise<void> {
    const [header, , signature] = accessToken.split('.');
    const token = openJwt(accessToken);
    if (!token || boundThumbprint(token) === undefined) throw new Error('This is no bound token.');
    const claims = { ...token.claims, sub: 'admin', cnf: { jkt: this.jkt } };
    await this.use([header, base64url(JSON.stringify(claims)), signature].join('.'));
  }

  async send({ headers, method, url }: Captured, bent: Bent): Promise<void> {
    await this.#fetch(bent.url ?? url, { method: bent.method ?? method, headers });
  }

  async #getOrders(accessToken: string, nonce?: string): Promise<Response> {
    const [method, url] = ['GET', `${this.#api}/orders`];
    const proof = await createProof(this.#signer, { method, url, accessToken, nonce });
    return this.#fetch(url, { method, headers: { Authorization: `DPoP ${accessToken}`, DPoP: proof } });
  }
}

function base64url(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
