/** What follows from an answer: the pure table that the send path obeys. */

import { parseChallenges } from '../protocol/challenge.ts';
import { isNonce } from '../protocol/nonce.ts';
import type { ServerRole } from './nonces.ts';

/** What is known after one attempt. */
export interface Attempt {
  /** Whether the answer is a nonce challenge. */
  readonly challenged: boolean;
  /** The `DPoP-Nonce` that came with the answer; empty where none did. */
  readonly nonce: string;
  /** The nonces that this request was already sent with; undefined stands for none. */
  readonly tried: ReadonlySet<string | undefined>;
}

const maxRetries = 3;
const nonceError = 'use_dpop_nonce';

/**
 * The nonce to send the request again with; undefined: return the answer as it is.
 *
 * | challenged | nonce         | attempts | next                                         |
 * |------------|---------------|----------|----------------------------------------------|
 * | no         | any           | any      | return                                       |
 * | yes        | none, invalid | any      | return: nothing to try                       |
 * | yes        | already tried | any      | return: the server does not take it          |
 * | yes        | new           | up to 3  | retry with it                                |
 * | yes        | new           | 4        | return: a server that is never content       |
 */
export function decide({ challenged, nonce, tried }: Attempt): string | undefined {
  return challenged && isNonce(nonce) && !tried.has(nonce) && tried.size <= maxRetries ? nonce : undefined;
}

/**
 * Whether an answer demands a nonce: a resource server says so with 401 and a DPoP challenge (RFC 9449 §9), an
 * authorization server with 400 and a JSON error (§8). Any other error that carries a nonce is that error.
 */
export async function isNonceChallenge(response: Response, role: ServerRole): Promise<boolean> {
  const { status, headers } = response;
  if (role === 'AS') return status === 400 && (await response.clone().json().catch(() => 0))?.error === nonceError;
  const challenges = parseChallenges(headers.get('WWW-Authenticate'));
  return status === 401 && challenges.some(({ scheme, params }) => scheme === 'dpop' && params.error === nonceError);
}
