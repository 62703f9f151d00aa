/** `htu`, the target URI of a proof (RFC 9449 §4.2): how it is written and when two of them are the same. */

import { rememberLast } from './remember-last.ts';

/**
 * Where the URL of a request leads: its origin, and its {@link targetUri}. Many requests go where the last one went, which
 * is kept.
 *
 * @throws TypeError where the URL is not absolute.
 */
export const readDestination = rememberLast((url: string) => {
  const { origin, pathname } = new URL(url);
  return { origin, htu: origin + pathname };
});

/**
 * The `htu` of a request: its URL as it goes on the wire, without query and fragment.
 *
 * The URL parser has lower-cased scheme and host, dropped the default port and resolved dot segments. Percent-encoding
 * stays as it will be sent, because some servers compare letter by letter.
 *
 * @throws TypeError where the URL is not absolute.
 */
export function targetUri(url: string | URL): string {
  return readDestination(String(url)).htu;
}

/**
 * The form in which target URIs are compared (RFC 9449 §4.3 (9)): syntax-based and scheme-based normalisation of
 * RFC 3986 §6.2.2 and §6.2.3, without query and fragment; undefined for what is no absolute http(s) URI.
 *
 * User information is refused, never stripped; so are the spellings that only browsers forgive (white space,
 * backslashes, letters beyond ASCII, in the host escaped ones too, missing slashes, a `%` that escapes nothing). A
 * `%2F` stays what it is: it is data, not a path separator.
 */
export function normaliseTargetUri(uri: string): string | undefined {
  return isPlain(uri) ? uri : normalise(uri);
}

// What most clients write is in its normal form already: names without escapes and numbers, no port, no dots in the path.
function isPlain(uri: string): boolean {
  return /^https?:\/\/(?:[a-z][a-z\d]*(?:-[a-z\d]+)*\.)*[a-z][a-z\d]*(?:-[a-z\d]+)*(?:\/[\w~-]*)+$/.test(uri);
}

function normalise(uri: string): string | undefined {
  const url = /^https?:\/\/(?![/?#@])[\x21-\x5b\x5d-\x7e]+$/i.test(uri) ? parse(uri) : undefined;
  if (!url) return undefined;
  // A host's escaped letters beyond ASCII would be folded (`%EF%BD%81` to `a`) or dropped (`%C2%AD`).
  if (url.username || url.password || /^[^/?#]*(@|%[89a-f])/i.test(uri.slice(uri.indexOf('//') + 2))) return undefined;
  // Else `%%341` would become `%41`, which is itself another spelling of `A`.
  if (/%(?![\da-f]{2})/i.test(url.pathname)) return undefined;
  return url.origin + removeDotSegments(url.pathname.replace(/%[\da-f]{2}/gi, normaliseEscape));
}

function parse(uri: string): URL | undefined {
  try {
    return new URL(uri);
  } catch {
    return undefined;
  }
}

// RFC 3986 §5.2.4. The URL parser should have done it; that of Node 20 leaves the last one of `/x/.b/.`.
function removeDotSegments(path: string): string {
  if (!path.includes('/.')) return path;
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [index, segment] of segments.entries()) {
    const isDots = segment === '.' || segment === '..';
    if (segment === '..') kept.pop();
    if (!isDots) kept.push(segment);
    else if (index === segments.length - 1) kept.push('');
  }
  return `/${kept.join('/')}`;
}

function normaliseEscape(escape: string): string {
  const character = String.fromCharCode(parseInt(escape.slice(1), 16));
  return /[\w.~-]/.test(character) ? character : escape.toUpperCase();
}
