/** What an issuer's server says: its key set, its word on a token. It is trusted, but neither to be quick nor to be brief. */

import { isLoopback } from '../protocol/loopback.ts';
import { readBoundedText } from '../verifier/bounded-body.ts';

/** How a server is asked, and for how long and how much it may answer. */
export interface RemoteLimits {
  readonly fetch: typeof globalThis.fetch | undefined;
  readonly timeoutSeconds: number;
  readonly maxBytes: number;
}

/** @throws TypeError where a URL is neither https nor http on a loopback host. */
export function checkEndpoint(url: unknown, option: string): asserts url is URL {
  if (url instanceof URL && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)))) return;
  throw new TypeError(`${option} must be an https URL (loopback may be http)`);
}

/**
 * The body of a 200 answer. Redirects are not followed: they would hand the choice of the server to whoever answers.
 *
 * @throws Error for another status, for too much, and where the whole answer is not there in time.
 */
export async function fetchText(url: string, init: RequestInit, limits: RemoteLimits): Promise<string> {
  const { fetch = globalThis.fetch, timeoutSeconds, maxBytes } = limits;
  const signal = AbortSignal.timeout(timeoutSeconds * 1000);
  // Raced too, in case that the fetch which was passed in knows nothing of signals.
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`${url} took more than ${timeoutSeconds} s`)));
  });
  return Promise.race([late, ask()]);

  async function ask(): Promise<string> {
    const response = await fetch(url, { ...init, redirect: 'manual', signal });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`${url} was answered with status ${response.status}`);
    }
    const text = await readBoundedText(response, maxBytes);
    if (text === undefined) throw new Error(`${url} was answered with more than ${maxBytes} bytes`);
    return text;
  }
}
