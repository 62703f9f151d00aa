/** CORS for pages that send DPoP: preflights, and what scripts may read of the answers (RFC 9449 §7.1, §8). */

import { givenOptions, readNumber, readTexts } from '../stores/options.ts';

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
  /** How long browsers may remember the preflight's answer: 0 to 31,536,000, whole. Default: 600. */
  readonly maxAgeSeconds?: number;
}

/** What is read of a request: a Request, or what an adapter has of it. */
export interface CorsRequest {
  /** The method as it was sent: letter case counts (RFC 9110 §9.1). */
  readonly method: string;
  /** Names, in any case, with their values. */
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
 * @throws TypeError where `origins` is missing or has one that is not spelled as browsers do, a method or a header is no
 *   token, or `maxAgeSeconds` is out of its range.
 */
export function createCors(options: CorsOptions): Cors {
  const given = givenOptions(options);
  const origins = readOrigins(given.origins);
  const maxAgeSeconds = readNumber(given, 'maxAgeSeconds', { fallback: 600, min: 0, max: 31_536_000, isWhole: true });
  const methods = readTokens(given, 'methods', ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).join(', ');
  const requestHeaders = ['authorization', 'dpop', ...readTokens(given, 'requestHeaders', ['content-type'])].join(', ');
  const exposedHeaders = ['DPoP-Nonce', 'WWW-Authenticate', ...readTokens(given, 'exposedHeaders', [])].join(', ');

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

/** A list of origins, or `*`. @throws TypeError where one is not spelled as browsers do. */
export function readOrigins(origins: CorsOptions['origins']): CorsOptions['origins'] {
  if (origins === '*') return origins;
  if (!Array.isArray(origins)) throw new TypeError("origins must be a list of origins, or '*'");
  const wrong = readTexts(origins, 'origins').find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin);
  if (wrong === undefined) return [...origins];
  throw new TypeError(`origins: ${wrong} is no origin: scheme, host and port, nothing after them`);
}

// Methods and the names of headers are tokens (RFC 9110 §5.6.2).
function readTokens(options: CorsOptions, name: 'methods' | 'requestHeaders' | 'exposedHeaders', fallback: readonly string[]): readonly string[] {
  const tokens = readTexts(options[name] ?? fallback, name);
  if (tokens.every((token) => /^[\w!#$%&'*+.^`|~-]+$/.test(token))) return tokens;
  throw new TypeError(`${name} must be a list of tokens: no spaces, commas or line breaks`);
}
