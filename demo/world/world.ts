/** What the page needs of its servers and its thief, wherever they run: in the page, or in processes of their own. */

import type { JSONWebKeySet } from 'jose';
import type { Ruling } from '../ruling.ts';
import type { Addresses } from './addresses.ts';
import type { Captured } from './line.ts';
import type { Tell } from './wiretap.ts';

/** How a captured request is changed before it is sent on. */
export interface Bent {
  readonly method?: string;
  readonly url?: string;
}

/** A thief with a key of his own. What he sends is told when he has sent it. */
export interface Thief {
  readonly jkt: string;
  /** GET /orders with a stolen token, and proofs by his own key. */
  use(accessToken: string): Promise<void>;
  /** The same, with his key written into the token. */
  tamper(accessToken: string): Promise<void>;
  /** Sends what was captured, as it is or bent. */
  send(captured: Captured, bent: Bent): Promise<void>;
}

/** The servers, and the back doors that the page's actions need. */
export interface World {
  readonly addresses: Addresses;
  readonly endpoints: { readonly token: string; readonly revocation: string };
  readonly clientId: string;
  /** Under which Alice keeps her key for this world, and her token. */
  readonly keyName: string;
  /** Logs Alice in, and gives the body of the token request that redeems her code. */
  logIn(dpopJkt: string): Promise<URLSearchParams>;
  /** The issuer's keys as they are now. */
  jwks(): Promise<JSONWebKeySet>;
  /** A token for Alice that expired an hour ago. */
  issueExpired(jkt: string): Promise<string>;
  /** A thief who knows nothing yet. */
  createThief(): Promise<Thief>;
  /** New keys, nothing remembered. */
  reset(): Promise<void>;
}

/** Who writes down what is sent, and what is decided. */
export interface Witness {
  readonly sent: Tell;
  readonly decided: (ruling: Ruling) => void;
  /** Told where the world does not answer any more. */
  readonly lost: (sentence: string) => void;
}

export type OpenWorld = (witness: Witness) => Promise<World>;
