/** The newest nonce of each server, by role and origin (RFC 9449 §8.2, §9). */

import { isNonce } from '../protocol/nonce.ts';

/** One origin can be both: an authorization server's nonce is nothing to a resource server. */
export type ServerRole = 'authorization-server' | 'resource-server';

/** How many servers are remembered; the one heard of longest ago goes first. */
const maxServers = 100;

/** Remembers nonces in memory. */
export class NonceCache {
  readonly #newest = new Map<string, string>();

  get(role: ServerRole, origin: string): string | undefined {
    return this.#newest.get(role + origin);
  }

  /** Takes a `DPoP-Nonce` header's value, and gives it back where it is one nonce. */
  learn(role: ServerRole, origin: string, value: string | null): string | undefined {
    if (!isNonce(value)) return undefined;
    const server = role + origin;
    this.#newest.delete(server);
    this.#newest.set(server, value);
    if (this.#newest.size > maxServers) this.#newest.delete(this.#newest.keys().next().value!);
    return value;
  }
}
