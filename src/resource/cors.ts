/** CORS for pages that send DPoP: preflights, and what scripts may read of the answers (RFC 9449 §7.1, §8). */

/** Who may call, and what beyond the credentials they may send and read. */
export interface CorsOptions {
  /** The pages' origins, as browsers spell them (`https://app.example.com`), or `*` for every page. */
  readonly origins: readonly string[] | '*';
  /** Default: GET, HEAD, POST, PUT, PATCH and DELETE. */
  readonly methods?: readonly string[];
  /** Request headers beside `authorization` and `dpop`. Default: `content-type`. */
  readonly requestHeaders?: readonly string[];
  /** Response headers that pages may read beside `DPoP-Nonce` and `WWW-Authenticate`. Default: none. */
  readonly exposedHeaders?: readonly string[];
  /** How long browsers may remember the preflight's answer. Default: 600. */
  readonly maxAgeSeconds?: number;
}

interface CorsRequest {
  readonly method: string;
  readonly headers: Iterable<[string, string]>;
}

/** Answers preflights, and marks answers as readable. */
export interface Cors {
  /** The answer to a preflight; undefined for every other request, a bare OPTIONS too: that one goes to `verify`. */
  preflight(request: CorsRequest): Response | undefined;
  /** The headers to add to an answer, a denial too: without them a page cannot read the nonce that it is asked for. */
  headers(request: CorsRequest): Headers;
}

/**
 * CORS for a resource server. Cookies are never asked for: the credentials are in headers that the page's code sets.
 *
 * @throws TypeError where an origin is not spelled as browsers do, or `maxAgeSeconds` is not a number from 0 up.
 */
export function createCors(options: CorsOptions): Cors {
  const { origins, maxAgeSeconds = 600 } = options;
  if (origins !== '*') origins.forEach(checkOrigin);
  if (!(maxAgeSeconds >= 0 && maxAgeSeconds < Infinity)) throw new TypeError('maxAgeSeconds must be a number from 0 up');
  const methods = (options.methods ?? ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).join(', ');
  const requestHeaders = ['authorization', 'dpop', ...(options.requestHeaders ?? ['content-type'])].join(', ');
  const exposedHeaders = ['DPoP-Nonce', 'WWW-Authenticate', ...(options.exposedHeaders ?? [])].join(', ');

  function allowOrigin(request: CorsRequest): Headers {
    if (origins === '*') return new Headers({ 'Access-Control-Allow-Origin': '*' });
    const origin = header(request, 'origin');
    const headers = new Headers({ Vary: 'Origin' });
    if (origin !== undefined && origins.includes(origin)) headers.set('Access-Control-Allow-Origin', origin);
    return headers;
  }

  return {
    preflight(request) {
      if (request.method !== 'OPTIONS' || header(request, 'access-control-request-method') === undefined) return undefined;
      const headers = allowOrigin(request);
      headers.set('Access-Control-Allow-Methods', methods);
      // Named one by one: a wildcard would not cover Authorization.
      headers.set('Access-Control-Allow-Headers', requestHeaders);
      headers.set('Access-Control-Max-Age', String(maxAgeSeconds));
      return new Response(null, { status: 204, headers });
    },
    headers(request) {
      const headers = allowOrigin(request);
      headers.set('Access-Control-Expose-Headers', exposedHeaders);
      return headers;
    },
  };
}

function header({ headers }: CorsRequest, wanted: string): string | undefined {
  for (const [name, value] of headers) if (name.toLowerCase() === wanted) return value;
  return undefined;
}

function checkOrigin(origin: string): void {
  if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
    throw new TypeError(`origins: ${origin} is no origin: scheme, host and port, nothing after them`);
  }
}
