/** What a Keybound tells whoever listens: typed, and without tokens, proofs and queries. */

import type { ServerRole } from './answer.ts';

/** One attempt at one request. */
export interface AttemptDetail {
  readonly method: string;
  /** Without query and fragment. */
  readonly url: string;
  /** Whether the server is asked as authorization server or as resource server. */
  readonly role: ServerRole;
  /** The first attempt with a token is 1. */
  readonly attempt: number;
}

/** An attempt that was answered. */
export interface ReadableDetail extends AttemptDetail {
  /** Which of `DPoP-Nonce`, `WWW-Authenticate` and `Date` the page can read in the answer: CORS hides what is not exposed. */
  readonly readable: readonly string[];
}

/** An answer, as far as the page can see it. */
export interface AnswerDetail extends ReadableDetail {
  readonly status: number;
  /** The request as it was sent, token and proof included, and its answer: only where `reveal` was asked for. */
  readonly request?: Request;
  readonly response?: Response;
}

/** An error that a server named, with parameters of its challenge by lower-case name. */
export interface ChallengeDetail extends ReadableDetail {
  /** `use_dpop_nonce`, `invalid_token`, `insufficient_scope` (RFC 6750), `insufficient_user_authentication` (RFC 9470). */
  readonly error: string;
  /**
   * `error`, `scope`, `acr_values`, `max_age`, `algs`, as far as they came along, and all others where `reveal` was asked
   * for; empty for an authorization server.
   */
  readonly params: Readonly<Record<string, string>>;
}

/** The details of each event, by its type. */
export interface KeyboundEventDetails {
  /** A proof was made and is about to be sent. */
  proof: AttemptDetail;
  /** An answer came, whatever its status. */
  answer: AnswerDetail;
  /** No answer came: `error` is what fetch was rejected with. */
  failed: AttemptDetail & { readonly error: unknown };
  /** A server named an error: it wants a nonce, another token, more scope, a stronger login. The Response is untouched. */
  challenge: ChallengeDetail;
  /** The request goes out once more, with a fresh proof: for the server's nonce, or by its clock or its name for `alg`. */
  retry: AttemptDetail & { readonly reason: 'nonce' | 'correction' };
  /** The app's `refresh` was called: it succeeded, or failed with an error that is the app's own. */
  refresh: { readonly ok: boolean };
  /** A server's clock was found to differ from ours: how far it is ahead. */
  skew: { readonly origin: string; readonly skewSeconds: number };
  /** A request was not sent, because its origin is not on the list, or not again, because its body was a stream. */
  refused: { readonly origin: string; readonly reason: 'origin' | 'stream' };
  /** What CORS hides from the page, and the remedy; only where `corsDoctor` is at work. */
  'hidden-challenge': { readonly url: string; readonly headers: readonly string[]; readonly remedy: string };
  /** The key is in memory alone: a login that leaves this page (`dpop_jkt`) cannot succeed, for it will be gone. */
  unstored: { readonly jkt: string; readonly cause: unknown };
  /** The stored key did not suit and was replaced: what was bound to it is useless now. */
  rotated: { readonly jkt: string; readonly expectedJkt?: string | undefined };
  /** A token is bound to another key, `expectedJkt`, which is gone: log in again. */
  lost: { readonly jkt: string; readonly expectedJkt: string };
  /** The key is gone: `destroy` was called, here or in another tab, or another key has taken its place there. */
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

/** An EventTarget, and what tells its listeners; a detail that takes time is made only where somebody has listened for it. */
export function createEvents(): { readonly target: KeyboundEventTarget; readonly emit: Emit } {
  const heard = new Set<string>();
  const target = new EventTarget();
  const { addEventListener } = target;
  target.addEventListener = (...given) => {
    heard.add(given[0]);
    addEventListener.apply(target, given);
  };
  return {
    target: target as KeyboundEventTarget,
    emit: (type, detail) => {
      const isCostly = typeof detail === 'function';
      if (!isCostly || heard.has(type)) target.dispatchEvent(new CustomEvent(type, { detail: isCostly ? detail() : detail }));
    },
  };
}

/** Tells listeners of one event; a detail that takes time is given as a function. */
export type Emit = <Type extends keyof KeyboundEventDetails>(type: Type, detail: KeyboundEventDetails[Type] | (() => KeyboundEventDetails[Type])) => void;
