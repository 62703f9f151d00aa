/** The URL that a client called, where the server sees another one: behind a proxy, or as a bare request target. */

/**
 * A base of public URLs: http(s), without query, fragment and user information.
 *
 * @throws TypeError otherwise.
 */
export function readPublicBase(base: string | URL, name: string): URL {
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
    throw new TypeError(`${name} must be an absolute http(s) URL without query, fragment and user information`);
  }
  return url;
}

/**
 * The URL of a request target (RFC 9112 §3.2) below a base whose path is kept as a prefix; '' where it is no target.
 *
 * The two are joined as text: resolved against the base, a target such as `//evil.example/x` would choose the host.
 * Of an absolute target only path and query count, because its host is the client's word, like `Host`.
 */
export function publicUrl(base: URL, target: string): string {
  const [, path] = /^(?:https?:\/\/[^/?#\\]*)?((?:[/?][\x21-\x22\x24-\x5b\x5d-\x7e]*)?)$/i.exec(target) ?? [];
  if (path === undefined || target === '') return '';
  const prefix = base.pathname.replace(/\/$/, '');
  return base.origin + prefix + (path.startsWith('/') ? path : `/${path}`);
}
