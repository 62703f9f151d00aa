/** The URL that a client called, as trusted proxies in front say it: for APIs with several public hosts. */

import { givenOptions, readNumber } from '../stores/options.ts';
import type { PublicUrlOf } from './envelope.ts';
import { publicUrl, readPublicBase } from './public-url.ts';

/** Whose word counts, and what it may say. */
export interface ForwardedUrlOptions {
  /**
   * What clients call: one http(s) URL for each public host, its path kept as a prefix. What proxies say must name the
   * origin of one of them, or the request is refused.
   */
  readonly publicUrls: readonly (string | URL)[];
  /**
   * How many entries at the right end of the list are written by your proxies, each adding one: the leftmost of them
   * counts, and what stands left of it is the caller's. 1 to 16. A proxy that replaces the list leaves one.
   */
  readonly trustedHops: number;
  /**
   * Where it is said: in `X-Forwarded-Proto` and `X-Forwarded-Host`, or in `Forwarded` (RFC 7239). Only the one is read.
   * Default: `x-forwarded`.
   */
  readonly header?: 'x-forwarded' | 'forwarded';
}

/**
 * A `publicUrl` for an API that several public hosts lead to, all of them through proxies that you run.
 *
 * Scheme and host are taken from the forwarding headers, path and query from the request. Refused (`malformed_request`)
 * are requests without these headers or with too few entries, and those for any origin that is not listed. Not checked:
 * that a request came through a proxy. Whoever reaches the server past them can choose among `publicUrls`, and nothing else.
 * With one public host, give its URL as `publicUrl` instead: no header is read then.
 *
 * @throws TypeError where `publicUrls` is empty, holds what is no public URL or one origin twice, and where `trustedHops`
 *   or `header` is missing or out of range.
 */
export function forwardedUrl(options: ForwardedUrlOptions): PublicUrlOf {
  const given = givenOptions(options);
  const bases = readBases(given.publicUrls);
  const hops = readNumber(given, 'trustedHops', { fallback: Number.NaN, min: 1, max: 16, isWhole: true });
  const { header = 'x-forwarded' } = given;
  if (header !== 'x-forwarded' && header !== 'forwarded') throw new TypeError("header must be 'x-forwarded' or 'forwarded'");
  const readOrigin = header === 'forwarded' ? originOfForwarded : originOfXForwarded;

  return ({ url, headers }) => {
    const origin = readOrigin([...headers], hops);
    const base = origin === undefined ? undefined : bases.get(origin);
    const called = base && publicUrl(base, url);
    return called && URL.canParse(called) ? new URL(called) : undefined;
  };
}

function readBases(publicUrls: ForwardedUrlOptions['publicUrls']): ReadonlyMap<string, URL> {
  if (!Array.isArray(publicUrls) || publicUrls.length === 0) throw new TypeError('publicUrls must be a list of URLs that is not empty');
  const bases = new Map<string, URL>();
  for (const url of publicUrls as readonly (string | URL)[]) {
    const base = readPublicBase(url, 'publicUrls[]');
    if (bases.has(base.origin)) throw new TypeError(`publicUrls has ${base.origin} twice`);
    bases.set(base.origin, base);
  }
  return bases;
}

type Lines = readonly (readonly [string, string])[];

// Lines of one name are one list (RFC 9110 §5.3).
function readList(lines: Lines, name: string): string {
  return lines.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value).join(',');
}

// The entry of the outermost trusted proxy, counted from the right, where nobody but proxies can write.
function originOfXForwarded(lines: Lines, hops: number): string | undefined {
  const entry = (name: string) => readList(lines, name).split(',').at(-hops)?.trim();
  return originOf(entry('x-forwarded-proto'), entry('x-forwarded-host'));
}

function originOfForwarded(lines: Lines, hops: number): string | undefined {
  const element = parseForwarded(readList(lines, 'forwarded'))?.at(-hops);
  return originOf(element?.get('proto'), element?.get('host'));
}

// A bare host with an optional port: no user information, no path, nothing that a URL parser would fold.
function originOf(scheme = '', host = ''): string | undefined {
  if (!/^https?$/i.test(scheme) || !/^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(host)) return undefined;
  const url = `${scheme}://${host}`;
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

const token = "[!#$%&'*+.^`|~\\w-]+";
const item = new RegExp(`(${token})=(?:(${token})|"((?:[^"\\\\]|\\\\.)*)")(;|[ \\t]*(?:,[ \\t]*)+|$)`, 'gy');

/**
 * The elements of a `Forwarded` list (RFC 7239 §4); undefined where it is malformed anywhere. The caller writes the left
 * part: read leniently, a quote that is left open there could swallow what a proxy has added. Empty elements are skipped
 * (RFC 9110 §5.6.1), but at the right end.
 */
function parseForwarded(field: string): Map<string, string>[] | undefined {
  const list = field.replace(/^[ \t,]+/, '');
  const elements = [new Map<string, string>()];
  let length = 0;
  let last: string | undefined;
  for (const [whole, name = '', plain, quoted = '', mark = ''] of list.matchAll(item)) {
    const element = elements.at(-1)!;
    if (element.has(name.toLowerCase())) return undefined;
    element.set(name.toLowerCase(), plain ?? quoted.replaceAll(/\\(.)/g, '$1'));
    if (mark.includes(',')) elements.push(new Map());
    length += whole.length;
    last = mark;
  }
  return length === list.length && last === '' ? elements : undefined;
}
