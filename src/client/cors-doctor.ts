/** Tells what CORS hides: browsers do not, and a page sees a bare 401 or a bare TypeError. */

import { KeyboundError } from '../protocol/errors.ts';
import type { AttemptDetail, ReadableDetail } from './events.ts';
import type { Keybound } from './keybound.ts';

const exposed = ['DPoP-Nonce', 'WWW-Authenticate'];
const expose = `Access-Control-Expose-Headers: ${exposed.join(', ')}`;
const allow = 'Access-Control-Allow-Headers: authorization, dpop';

/**
 * Watches a Keybound for what CORS hides from the page, and tells of it by `hidden-challenge` events that name the headers
 * and the line that the server lacks; gives what ends the watch.
 *
 * Told are a 401 of another origin whose `WWW-Authenticate` cannot be read, a demand for a nonce whose `DPoP-Nonce`
 * cannot (RFC 9449 §7.1, §8), a refused proof whose answer hides the server's `Date`, and a request without an answer at a server that is up: its TypeError gets a `cause` that
 * says what is likely, unless that origin has answered a proof before, and the event follows once a HEAD request, which is
 * sent without credentials and proof, has arrived. It does not see why a request failed, and keeps silent about servers that cannot be reached.
 */
export function corsDoctor(keybound: Pick<Keybound, 'addEventListener' | 'dispatchEvent' | 'fetch'>): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const { fetch: look } = keybound;
  const tell = (url: string, headers: readonly string[], remedy: string) =>
    keybound.dispatchEvent(new CustomEvent('hidden-challenge', { detail: { url, headers, remedy } }));

  const signed = new Set<string>();
  // Whose preflight has let a proof pass: what fails there fails for another reason.
  const allowing = new Set<string>();

  const tellHidden = ({ url, readable }: ReadableDetail, needed: readonly string[]) => {
    const headers = needed.filter((name) => !readable.includes(name));
    if (isElsewhere(url) && headers.length) tell(url, headers, `the server should send ${expose}${headers.includes('Date') ? ', Date' : ''}`);
  };
  const onAnswer = (detail: ReadableDetail & { readonly status: number }) => {
    const { origin } = new URL(detail.url);
    if (signed.has(origin)) allowing.add(origin);
    if (detail.status === 401 && detail.role === 'RS' && !detail.readable.includes('WWW-Authenticate')) tellHidden(detail, exposed);
  };
  const onChallenge = (detail: ReadableDetail & { readonly error: string }) => {
    if (detail.error === 'use_dpop_nonce') tellHidden(detail, ['DPoP-Nonce']);
    // Without it a wrong clock cannot be told from any other wrong proof.
    if (detail.error === 'invalid_dpop_proof') tellHidden(detail, ['Date']);
  };
  const onFailure = async ({ url, error }: AttemptDetail & { readonly error: unknown }) => {
    if (!(error instanceof TypeError) || !isElsewhere(url) || allowing.has(new URL(url).origin)) return;
    const remedy = `where the server is up, its preflight answer most likely lacks ${allow}`;
    error.cause ??= new KeyboundError('hidden', `${url}: ${remedy}`);
    await look(url, { method: 'HEAD', mode: 'no-cors', credentials: 'omit', signal });
    tell(url, ['DPoP'], remedy);
  };

  keybound.addEventListener('proof', ({ detail: { url } }) => void signed.add(new URL(url).origin), { signal });
  keybound.addEventListener('answer', ({ detail }) => onAnswer(detail), { signal });
  keybound.addEventListener('challenge', ({ detail }) => onChallenge(detail), { signal });
  keybound.addEventListener('failed', ({ detail }) => void onFailure(detail).catch(() => {}), { signal });
  return () => stop.abort();
}

const isElsewhere = (url: string) => new URL(url).origin !== globalThis.location?.origin;
