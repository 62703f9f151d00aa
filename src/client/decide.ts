/** What follows from an answer: the pure table that the send path obeys. */

import type { Answer } from './answer.ts';

/** What is known after one attempt. */
export interface Attempt extends Pick<Answer, 'challenged' | 'nonce' | 'error'> {
  /** The nonces that this request was already sent with; undefined stands for none. */
  readonly tried: ReadonlySet<string | undefined>;
  /** Whether this answer, as the first one, has shown what was wrong with the proof: our clock, or how we spell `alg`. */
  readonly isLesson: boolean;
}

/** Return the answer as it is, or send the request again: with the answer's nonce, a corrected proof, another token. */
export type Next = 'return' | 'nonce' | 'correction' | 'refresh';

const maxNonces = 4;

/**
 * | the answer's error   | and                                     | next       |
 * |----------------------|-----------------------------------------|------------|
 * | a nonce is demanded  | it brings a new one, at most 3 times    | nonce      |
 * | a nonce is demanded  | it brings none, or one that was tried   | return     |
 * | `invalid_dpop_proof` | it shows what was wrong, the first time | correction |
 * | `invalid_dpop_proof` | it does not                             | return     |
 * | `invalid_token`      | any                                     | refresh    |
 * | any other, or none   | any                                     | return     |
 */
export function decide({ challenged, nonce, error, tried, isLesson }: Attempt): Next {
  if (challenged) return nonce && !tried.has(nonce) && tried.size < maxNonces ? 'nonce' : 'return';
  if (error === 'invalid_dpop_proof' && isLesson) return 'correction';
  return error === 'invalid_token' ? 'refresh' : 'return';
}
