/** What the page is told of the processes that run for it: `/live.json`, written by scripts/demo/live.mjs. */

import type { Addresses } from '../addresses.ts';

export interface LiveFacts {
  readonly addresses: Addresses;
  readonly endpoints: { readonly authorization: string; readonly token: string; readonly revocation: string; readonly jwks: string };
  readonly clientId: string;
  readonly redirectUri: string;
  /** Where the thief's process takes what was stolen. */
  readonly thief: string;
  /** Whether the servers share one memory; without it each process remembers alone. */
  readonly redis: boolean;
  readonly processes: readonly LiveProcess[];
}

export interface LiveProcess {
  readonly name: string;
  readonly pid: number;
  /** host:port, or nothing where nobody calls it. */
  readonly host: string;
}
