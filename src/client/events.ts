/** What a Keybound tells whoever listens: typed, and without tokens, proofs and queries. */

import type { ServerRole } from './nonces.ts';

/** One attempt at one request. */
export interface AttemptDetail {
  readonly method: string;
  readonly url: string;
  /** Whether the server is asked as authorization server or as resource server. */
  readonly role: ServerRole;
  /** The first attempt is 1. */
  readonly attempt: number;
}

/** The details of each event, by its type. URLs come without query and fragment. */
export interface KeyboundEventDetails {
  /** A proof was made and is about to be sent. */
  proof: AttemptDetail;
  /** A server demanded a nonce. */
  challenge: AttemptDetail;
  /** The request goes out once more, with a fresh proof and the server's nonce. */
  retry: AttemptDetail;
  /** A request was not sent, because its origin is not on the list. */
  refused: { readonly origin: string };
  /** The stored key did not suit and was replaced: what was bound to it is useless now. */
  rotated: { readonly jkt: string; readonly expectedJkt?: string | undefined };
  /** The key is not the one that `expectedJkt` names: log in again. */
  lost: { readonly jkt: string; readonly expectedJkt: string };
  /** The key is gone: `destroy` was called here or in another tab. */
  destroyed: Record<string, never>;
}

/** An event of a Keybound: a CustomEvent whose `detail` fits its type. */
export type KeyboundEvent<Type extends keyof KeyboundEventDetails> = CustomEvent<KeyboundEventDetails[Type]>;

/** An EventTarget that knows Keybound's events. */
export interface KeyboundEventTarget extends EventTarget {
  addEventListener<Type extends keyof KeyboundEventDetails>(
    type: Type,
    listener: (event: KeyboundEvent<Type>) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<Type extends keyof KeyboundEventDetails>(
    type: Type,
    listener: (event: KeyboundEvent<Type>) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

/** Tells listeners of one event. */
export type Emit = <Type extends keyof KeyboundEventDetails>(type: Type, detail: KeyboundEventDetails[Type]) => void;
