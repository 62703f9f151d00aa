/** Alice's browser: her key, her token, and what her app does with them. */

import { createKeybound, type Keybound } from 'keybound';
import type { MockServers } from 'keybound/msw';
import { api, issuer } from './addresses.ts';
import { lineFetch } from './line.ts';
import { clearSession, isAlive, readSession, writeSession } from './session.ts';

export const keyName = 'alice';

export class Alice {
  readonly #servers: MockServers;
  readonly #onKeyGone: () => void;
  #keybound!: Keybound;

  private constructor(servers: MockServers, onKeyGone: () => void) {
    this.#servers = servers;
    this.#onKeyGone = onKeyGone;
  }

  /** `onKeyGone` is called when another tab has destroyed her key. */
  static async create(servers: MockServers, onKeyGone: () => void): Promise<Alice> {
    const alice = new Alice(servers, onKeyGone);
    await alice.#openKeybound();
    return alice;
  }

  get keybound(): Keybound {
    return this.#keybound;
  }

  /** A real token request: an authorization code for a token, with a proof that says which key to bind it to. */
  async logIn(): Promise<string> {
    const body = await this.#servers.logIn('alice', { dpopJkt: this.#keybound.jkt });
    const response = await this.#keybound.fetch(this.#servers.authorizationServer.endpoints.token, { method: 'POST', body });
    if (!response.ok) throw new Error(`The token endpoint answered ${response.status}.`);
    const { access_token: accessToken } = (await response.json()) as { access_token: string };
    writeSession({ accessToken, isRevoked: false });
    return accessToken;
  }

  /** Her token where it is alive, else a new one. */
  async liveToken(): Promise<string> {
    const session = readSession();
    const isGood = session && isAlive(session, this.#keybound.jkt, await this.#servers.authorizationServer.jwks());
    return isGood ? session.accessToken : this.logIn();
  }

  /** GET /orders with what is there, be it nothing. */
  async getOrders(accessToken = readSession()?.accessToken): Promise<Response> {
    const send = this.#keybound.protect({ origins: [api], accessToken: () => accessToken });
    return send(`${api}/orders`);
  }

  /** GET /orders with a live token; a token that turns out to be dead (revoked in another tab, say) is replaced once. */
  async getOrdersAlive(): Promise<Response> {
    const response = await this.getOrders(await this.liveToken());
    return response.ok ? response : this.getOrders(await this.logIn());
  }

  /** Takes the token back at the authorization server (RFC 7009). */
  async revoke(): Promise<void> {
    const accessToken = await this.liveToken();
    const { client, authorizationServer } = this.#servers;
    const body = new URLSearchParams({ token: accessToken, token_type_hint: 'access_token', client_id: client.clientId });
    const response = await lineFetch(authorizationServer.endpoints.revocation, { method: 'POST', body });
    if (!response.ok) throw new Error(`The revocation endpoint answered ${response.status}.`);
    writeSession({ accessToken, isRevoked: true });
  }

  /** Logs out for good, and starts with a new key. */
  async startOver(): Promise<void> {
    clearSession();
    this.#keybound.removeEventListener('destroyed', this.#onKeyGone);
    await this.#keybound.destroy();
    await this.#openKeybound();
  }

  async #openKeybound(): Promise<void> {
    this.#keybound = await createKeybound({ name: keyName, authorizationServers: [issuer], fetch: lineFetch });
    this.#keybound.addEventListener('destroyed', this.#onKeyGone);
  }
}
