/** What follows from an answer: the pure table that the send path obeys. */

import { parseChallenges } from '../protocol/challenge.ts';
import type { ServerRole } from './nonces.ts';

/** What is known after one attempt. */
export interface Attempt {
  /** Whether the answer is a nonce challenge. */
  readonly challenged: boolean;
  /** The nonce that came with the answer. */
  readonly nonce: string | undefined;
  /** The nonces that this request was already sent with; undefined stands for none. */
  readonly tried: ReadonlySet<string | undefined>;
}

/** Send again with this nonce; undefined: return the answer as it is. */
export type NextStep = { readonly retryWithNonce: string } | undefined;

const maxRetries = 3;

/**
 * | challenged | nonce         | attempts | next                                         |
 * |------------|---------------|----------|----------------------------------------------|
 * | no         | any           | any      | return                                       |
 * | yes        | none          | any      | return: nothing to try                       |
 * | yes        | already tried | any      | return: the server does not take it          |
 * | yes        | new           | up to 3  | retry with it                                |
 * | yes        | new           | 4        | return: a server that is never content       |
 */
export function decide({ challenged, nonce, tried }: Attempt): NextStep {
  return challenged && nonce && !tried.has(nonce) && tried.size <= maxRetries ? { retryWithNonce: nonce } : undefined;
}

/**
 * Whether an answer demands a nonce: a resource server says so with 401 and a DPoP challenge (RFC 9449 §9), an
 * authorization server with 400 and a JSON error (§8). Any other error that carries a nonce is that error.
 */
export async function isNonceChallenge(response: Response, role: ServerRole): Promise<boolean> {
  if (response.status !== (role === 'RS' ? 401 : 400)) return false;
  const errors =
    role === 'RS'
      ? parseChallenges(response.headers.get('WWW-Authenticate')).map(({ scheme, params }) => scheme === 'dpop' && params.error)
      : [(await response.clone().json().catch(() => 0))?.error];
  return errors.includes('use_dpop_nonce');
}
