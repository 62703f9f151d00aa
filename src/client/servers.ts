/** What is known of each server: the way to it, its clock, and how it spells algorithms. */

import type { Answer, ServerRole } from './answer.ts';
import { createGate, type Gate } from './gate.ts';

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

/** How a proof was written that has been answered. */
export interface SentProof {
  readonly skewSeconds: number;
  /** How its header names the algorithm: read when it matters. */
  alg(): string | undefined;
}

/** What may lie between two clocks, and on the way of an answer: the least `clockToleranceSeconds` of a server without nonces. */
const toleranceSeconds = 5;

const isEd25519 = (name: string | undefined) => /^Ed(25519|DSA)$/.test(name!);

/**
 * Learns how a server spells Ed25519 and what its clock says; tells whether a proof was not written by what is known now:
 * one that was under way while another answer taught it counts, too.
 */
export function learnProof(server: Server, { params, serverSeconds }: Answer, sent: SentProof, skewSeconds: number): boolean {
  const names = params.algs?.split(' ').filter(isEd25519) ?? [];
  if (names.length === 1) [server.spelling] = names;
  const alg = server.spelling && sent.alg();
  const isMisspelt = alg !== server.spelling && isEd25519(alg);
  const ahead = serverSeconds ? Math.round(serverSeconds - Date.now() / 1000) : skewSeconds;
  const differs = (seconds: number) => Math.abs(ahead - seconds) > toleranceSeconds;
  if (differs(skewSeconds)) server.skewSeconds = ahead;
  return isMisspelt || differs(sent.skewSeconds);
}
