/** Events as lines in a console, for whoever wants to see what goes on. */

import type { KeyboundEventDetails, KeyboundEventTarget } from './events.ts';

type Lines = { readonly [Type in keyof KeyboundEventDetails]: (detail: KeyboundEventDetails[Type]) => string };
type Request = { readonly method: string; readonly url: string; readonly attempt: number };

const request = ({ method, url, attempt }: Request) => `${method} ${url} (attempt ${attempt})`;

const lines: Lines = {
  proof: (detail) => `signed ${request(detail)}`,
  answer: (detail) => `${detail.status} ${request(detail)}`,
  failed: (detail) => `no answer: ${request(detail)}: ${String(detail.error)}`,
  challenge: (detail) => `${detail.error}: ${request(detail)}`,
  retry: (detail) => `again, for ${detail.reason === 'nonce' ? 'a nonce' : 'a correction'}: ${request(detail)}`,
  refresh: ({ ok }) => (ok ? 'token refreshed' : 'the token could not be refreshed'),
  skew: ({ origin, skewSeconds }) => `the clock of ${origin} is ${Math.abs(skewSeconds)} s ${skewSeconds < 0 ? 'behind' : 'ahead of'} this one`,
  refused: ({ origin, reason }) => `not sent${reason === 'origin' ? `: ${origin} is not on the list` : ` again to ${origin}: the body was a stream`}`,
  'hidden-challenge': ({ url, remedy }) => `${url}: ${remedy}`,
  unstored: ({ cause }) => `the key is in memory alone and ends with this page: ${String(cause)}`,
  rotated: ({ jkt }) => `the stored key did not suit; the new one is ${jkt}`,
  lost: ({ jkt, expectedJkt }) => `a token is bound to ${expectedJkt}, the key is ${jkt}: log in again`,
  destroyed: () => 'the key is gone',
};

/**
 * Prints each event of a Keybound as one readable line, without tokens and proofs; gives what stops it.
 *
 * `console` is what prints; default the global one, at its `debug` level.
 */
export function printEvents(keybound: KeyboundEventTarget, { debug }: Pick<Console, 'debug'> = console): () => void {
  const print = ({ type, detail }: Event & { readonly detail?: never }) => debug(`keybound ${type}: ${lines[type as keyof Lines](detail!)}`);
  const types = Object.keys(lines);
  for (const type of types) keybound.addEventListener(type, print);
  return () => types.forEach((type) => keybound.removeEventListener(type, print));
}
