/** What is known of each server: the way to it, its clock, and how it spells algorithms. */

import type { Answer } from './answer.ts';
import { createGate, type Gate } from './gate.ts';

/** Authorization server or resource server: one origin can be both, and the one's nonce is nothing to the other. */
export type ServerRole = 'AS' | 'RS';

/** A role and an origin. */
export type ServerName = `${ServerRole}${string}`;

/** One server, as its answers have shown it. */
export interface Server {
  readonly name: ServerName;
  readonly gate: Gate;
  /** How far its clock is ahead of ours; undefined where it has not shown it. */
  skewSeconds?: number;
  /** The one name that it lists for Ed25519 in its challenges (RFC 9449 §7.1, RFC 8037, RFC 9864). */
  spelling?: string | undefined;
}

/** A server of which nothing is known, but for `isOpen`: that it was seen to demand no nonces. */
export function createServer(name: ServerName, isOpen: boolean): Server {
  return { name, gate: createGate(isOpen) };
}

/** What may lie between two clocks, and on the way of an answer. */
const toleranceSeconds = 5;

/**
 * Learns how a server spells Ed25519 and what its clock says, where that differs from what was believed; tells whether it
 * did.
 */
export function learnProof(server: Server, { params, serverSeconds }: Answer, skewSeconds: number): boolean {
  const names = params.algs?.split(' ').filter((name) => /^Ed(25519|DSA)$/.test(name)) ?? [];
  const isNewSpelling = names.length === 1 && names[0] !== server.spelling;
  if (isNewSpelling) server.spelling = names[0];
  const ahead = serverSeconds ? Math.round(serverSeconds - Date.now() / 1000) : skewSeconds;
  const isNewClock = Math.abs(ahead - skewSeconds) > toleranceSeconds;
  if (isNewClock) server.skewSeconds = ahead;
  return isNewSpelling || isNewClock;
}
