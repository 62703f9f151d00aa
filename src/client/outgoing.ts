/** What a call asks fetch to send: read as fetch would, and made fit to carry a proof. */

/** A request that waits to be sent. */
export interface Outgoing {
  readonly request: Request;
  /** Whether its body is a stream that can be sent but once. */
  readonly isOneShot?: boolean;
  /** What it was made of. WebKit forgets the signal of a Request that nobody holds, and that of all its copies. */
  readonly madeOf?: unknown;
}

/**
 * The request that a call stands for, as fetch would read it (init wins over Request), but never following redirects:
 * a followed one would carry the proof to other URLs and origins.
 *
 * A body that is given as a stream is not kept for a second time, which would be to hold all of it in memory.
 *
 * @throws TypeError for a mode or a header that clashes with a proof: `no-cors` drops headers silently, and some headers
 * are ours to set; and for a stream in a browser that would send its name instead (Firefox).
 */
export function readRequest(input: RequestInfo | URL, init: RequestInit | undefined, clashing: readonly string[]): Outgoing {
  const redirect = 'manual';
  // A mere URL brings nothing that could clash, and need not be built twice.
  if (typeof input === 'string' && !init) return { request: new Request(input, { redirect }) };
  const isOneShot = !!(init?.body as ReadableStream | null | undefined)?.getReader;
  if (isOneShot && !sendsStreams()) throw new TypeError('No streams as bodies');
  const asked = new Request(input, init);
  // Rebuilding a Request forgets these (Firefox, even in its first building, the last one); all else it carries over.
  const { referrer, referrerPolicy, mode, headers } = asked;
  const { keepalive } = (init ?? input) as Request;
  const clash = clashing.find((name) => name === mode || headers.has(name));
  if (clash) throw new TypeError(`Not with a proof: ${clash}`);
  const request = new Request(asked, { referrer, referrerPolicy, keepalive, redirect });
  return { request, isOneShot, madeOf: [input, asked] };
}

// Whoever can send streams asks how (duplex), and does not take one for text.
function sendsStreams(): boolean {
  let asks = false;
  const init = {
    method: 'POST',
    body: new ReadableStream(),
    get duplex() {
      asks = true;
      return 'half';
    },
  };
  return !new Request('https://a', init).headers.has('Content-Type') && asks;
}
