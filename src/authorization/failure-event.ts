/** What monitoring learns where the authorization server could not do its work. */

import { failureName, harmless } from '../stores/listener.ts';

/** An answer that is this server's fault: 503, or `server_error` by redirect. Refusals are none. */
export interface FailureEvent {
  /** The endpoint that gave the answer, or `bind`. */
  readonly endpoint: 'authorization' | 'pushedRequest' | 'token' | 'revocation' | 'introspection' | 'metadata' | 'jwks' | 'bind';
  /**
   * The `name` of the error, such as `TimeoutError` or `FullError`, and its `code` where it has one, such as
   * `RedisStoreError: full`: fit for metrics.
   */
  readonly failure: string;
  /**
   * What a store, a key source or a function of yours threw, as it is: for the operator's log, never for the caller. The
   * stores are given hashes, so they cannot quote a code, a token or a proof; what `authenticate` throws is up to you.
   */
  readonly cause: unknown;
}

/** Hears of each failure. */
export type OnFailure = (event: FailureEvent) => void;

/** Tells the listener, where there is one. */
export type Report = (endpoint: FailureEvent['endpoint'], cause: unknown) => void;

/** @throws TypeError where the listener is no function. */
export function createReport(onFailure: OnFailure | undefined): Report {
  if (onFailure === undefined) return () => {};
  const tell = harmless(onFailure, 'onFailure');
  return (endpoint, cause) => tell({ endpoint, failure: failureName(cause), cause });
}
