/** What went over the wire, and what was decided about it: the page's two records. */

import type { Verdict } from './ruling.ts';

export type Sender = 'Alice’s browser' | 'Thief' | 'Hostile script';

/** One request with its answer, as its sender saw them. */
export interface Exchange {
  readonly sender: Sender;
  readonly method: string;
  readonly url: string;
  readonly requestHeaders: readonly Header[];
  readonly requestBody: string;
  readonly status: number;
  readonly responseHeaders: readonly Header[];
  readonly responseBody: string;
  /** The access token that the request carried or that the answer brought. */
  readonly accessToken: string | undefined;
  /** Whether it came with the answer. */
  readonly isIssued: boolean;
  readonly proof: string | undefined;
  /** The key that the token is bound to. */
  readonly tokenJkt: string | undefined;
  /** The key that signed the proof. */
  readonly proofJkt: string | undefined;
  /** Which of Keybound's attempts it was; 1 for those who have no Keybound. */
  readonly attempt: number;
  /** What Keybound made of the answer; there may be more of it until the action is over. */
  readonly remarks: readonly Remark[];
}

/** An event of Keybound, in plain words. */
export interface Remark {
  readonly event: string;
  readonly words: string;
}

/** The thief's key in a token, and a proof to fit: where the issuer's signature is broken as well, he wrote it in himself. */
export function isThiefsToken({ sender, tokenJkt, proofJkt }: Exchange): boolean {
  return sender === 'Thief' && tokenJkt !== undefined && tokenJkt === proofJkt;
}

export type Header = readonly [name: string, value: string];

/** One line of the log. */
export interface Entry extends Verdict {
  /** Who decided. */
  readonly judge: string;
  readonly sender: Sender;
  /** What was asked for, in one line. */
  readonly request: string;
  readonly sentence: string;
  readonly shown: Shown;
}

/** What the centre panel shows for an entry. */
export type Shown =
  | { readonly kind: 'exchange'; readonly exchange: Exchange }
  | { readonly kind: 'attempts'; readonly attempts: readonly Attempt[]; readonly jkt?: string };

/** One thing that hostile script tried on the key handle. */
export interface Attempt {
  readonly call: string;
  readonly refused: boolean;
  /** The name of the error, where it was refused. */
  readonly code?: string;
  readonly outcome: string;
}
