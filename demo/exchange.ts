/** What went over the wire, and what was decided about it: the page's two records. */

export type Sender = 'Alice’s browser' | 'Thief' | 'Hostile script';

/** One request with its answer, as they went. */
export interface Exchange {
  readonly sender: Sender;
  /** Who got it: a replica, or the authorization server. */
  readonly receiver: string;
  readonly method: string;
  readonly url: string;
  readonly requestHeaders: readonly Header[];
  readonly requestBody?: string;
  readonly status: number;
  readonly responseHeaders: readonly Header[];
  readonly responseBody: string;
  /** The access token that the request carried or that the answer brought. */
  readonly accessToken?: string;
  readonly proof?: string;
  /** The key that the token is bound to. */
  readonly tokenJkt?: string;
  /** The key that signed the proof. */
  readonly proofJkt?: string;
}

/** The thief's key in a token, and a proof to fit: where the issuer's signature is broken as well, he wrote it in himself. */
export function isThiefsToken({ sender, tokenJkt, proofJkt }: Exchange): boolean {
  return sender === 'Thief' && tokenJkt !== undefined && tokenJkt === proofJkt;
}

export type Header = readonly [name: string, value: string];

export type VerdictKind = 'ALLOW' | 'CHALLENGE' | 'DENY';

/** One line of the log. */
export interface Entry {
  readonly verdict: VerdictKind;
  readonly code?: string;
  /** Who decided. */
  readonly judge: string;
  readonly sender: Sender;
  /** What was asked for, in one line. */
  readonly request: string;
  /** Which of the ten steps stopped it; 10 where all passed; absent where the ten steps do not apply. */
  readonly step?: number;
  readonly sentence: string;
  readonly shown: Shown;
}

/** What the centre panel shows for an entry. */
export type Shown =
  | { readonly kind: 'exchange'; readonly exchange: Exchange; readonly verdict: VerdictKind; readonly code?: string }
  | { readonly kind: 'attempts'; readonly attempts: readonly Attempt[]; readonly jkt?: string };

/** One thing that hostile script tried on the key handle. */
export interface Attempt {
  readonly call: string;
  readonly refused: boolean;
  /** The name of the error, where it was refused. */
  readonly code?: string;
  readonly outcome: string;
}
