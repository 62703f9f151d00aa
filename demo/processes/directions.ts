/** What scripts/demo/company.mjs and the processes that it started say to each other, over Node's channel between them. */

import type { Ruling } from '../ruling.ts';
import type { Addresses } from '../world/addresses.ts';

/** What all of them must know before they can play. A new one is a new world: new keys, nothing remembered. */
export interface Setting {
  readonly addresses: Addresses;
  /** The page's origin: who may call across origins. */
  readonly page: string;
  readonly clientId: string;
  readonly redirectUri: string;
  /** Shared, so that each replica knows the others' nonces. */
  readonly nonceSecret: string;
  /** Redis' socket; absent where there is none, and each process remembers alone. */
  readonly redis?: string;
  /** What this world's keys in Redis begin with. */
  readonly prefix: string;
}

/** To a process. */
export type Order = { readonly id: number } & ({ readonly setting: Setting } | { readonly expiredFor: string });

/** From a process: where it is, what it decided, and what became of an order. */
export type Word =
  | { readonly listening: string; readonly pid?: number | undefined }
  | { readonly ruling: Ruling }
  | { readonly id: number; readonly value?: unknown; readonly error?: string };

/** Says something to who started this process, if that is still there: where it has gone, `disconnect` ends this one. */
export function say(word: Word): void {
  if (process.connected) process.send?.(word, undefined, undefined, () => {});
}
