/** Alice's browser: her key, her token, and what her app does with them. */

import { createKeybound, type Keybound } from 'keybound';
import { boundThumbprint, openJwt } from '../jwt.ts';
import { lineFetch } from './line.ts';
import { isAlive, SessionPlace } from './session.ts';
import { listenTo, tellingFetch, type Tell } from './wiretap.ts';
import type { World } from './world.ts';

/** What Alice needs of the world. */
interface AliceParts {
  readonly world: World;
  /** Told of what her browser sends. */
  readonly tell: Tell;
  /** Called when another tab has destroyed her key. */
  readonly onKeyGone: () => void;
}

export class Alice {
  readonly #world: World;
  readonly #tell: Tell;
  readonly #onKeyGone: () => void;
  /** Where her app keeps her token. */
  readonly session: SessionPlace;
  /** For what her app sends by itself, past Keybound. */
  readonly fetch: typeof globalThis.fetch;
  #keybound!: Keybound;

  private constructor({ world, tell, onKeyGone }: AliceParts) {
    this.#world = world;
    this.#tell = tell;
    this.#onKeyGone = onKeyGone;
    this.session = new SessionPlace(world.addresses.issuer);
    this.fetch = tellingFetch('Alice’s browser', tell, lineFetch);
  }

  static async create(parts: AliceParts): Promise<Alice> {
    const alice = new Alice(parts);
    await alice.#openKeybound();
    return alice;
  }

  get keybound(): Keybound {
    return this.#keybound;
  }

  /** A real token request: an authorization code for a token, with a proof that says which key to bind it to. */
  async logIn(): Promise<string> {
    const body = await this.#world.logIn(this.#keybound.jkt);
    const response = await this.#keybound.fetch(this.#world.endpoints.token, { method: 'POST', body });
    if (!response.ok) throw new Error(`The token endpoint answered ${response.status}.`);
    const { access_token: accessToken } = (await response.json()) as { access_token: string };
    this.session.write({ accessToken, isRevoked: false });
    return accessToken;
  }

  /** Her token where it is alive, else a new one. */
  async liveToken(): Promise<string> {
    const session = this.session.read();
    const isGood = session && isAlive(session, this.#keybound.jkt, await this.#world.jwks());
    return isGood ? session.accessToken : this.logIn();
  }

  /** GET /orders with what is there, be it nothing; the legacy service gets the token as Bearer. */
  async getOrders(accessToken = this.session.read()?.accessToken, from = this.#world.addresses.api): Promise<Response> {
    const { api, legacy } = this.#world.addresses;
    const send = this.#keybound.protect({ origins: [api], bearerOrigins: [legacy], accessToken: () => accessToken });
    return send(`${from}/orders`);
  }

  /** GET /orders with a live token; a token that turns out to be dead (revoked in another tab, say) is replaced once. */
  async getOrdersAlive(): Promise<Response> {
    const response = await this.getOrders(await this.liveToken());
    return response.ok ? response : this.getOrders(await this.logIn());
  }

  /** Takes the token back at the authorization server (RFC 7009). */
  async revoke(): Promise<void> {
    const accessToken = await this.liveToken();
    const { clientId, endpoints } = this.#world;
    const body = new URLSearchParams({ token: accessToken, token_type_hint: 'access_token', client_id: clientId });
    const response = await this.fetch(endpoints.revocation, { method: 'POST', body });
    if (!response.ok) throw new Error(`The revocation endpoint answered ${response.status}.`);
    this.session.write({ accessToken, isRevoked: true });
  }

  /** Logs out for good, and starts with a new key. */
  async startOver(): Promise<void> {
    this.session.clear();
    this.#keybound.removeEventListener('destroyed', this.#onKeyGone);
    await this.#keybound.destroy();
    await this.#openKeybound();
  }

  /** The wire panel is fed by her Keybound's events, tokens and proofs included: hence `reveal`. */
  async #openKeybound(): Promise<void> {
    const { keyName, addresses } = this.#world;
    const expectedJkt = boundThumbprint(openJwt(this.session.read()?.accessToken));
    const options = { name: keyName, authorizationServers: [addresses.issuer], fetch: lineFetch, reveal: true };
    this.#keybound = await createKeybound({ ...options, ...(expectedJkt !== undefined && { expectedJkt }) });
    this.#keybound.addEventListener('destroyed', this.#onKeyGone);
    listenTo(this.#keybound, 'Alice’s browser', this.#tell);
    // Another tab pressed Reset: her token is bound to a key that is gone.
    if (this.#keybound.keyState === 'lost') this.session.clear();
  }
}
