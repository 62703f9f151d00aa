/** What is known of each server: the way to it, its clock, and how it spells algorithms. */

import type { ServerRole } from './answer.ts';
import type { Gate } from './gate.ts';

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

/** A proof that has been answered. */
export interface SentProof {
  readonly proof: string;
  /** How far it took the server's clock to be ahead. */
  readonly skewSeconds: number;
}
