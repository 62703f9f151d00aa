/** The lists of origins that may see a proof. */

/**
 * Reads a list of bare origins: `https://api.example.com`, and `http://` for loopback alone.
 *
 * @throws TypeError for anything else (a path, a trailing slash, a wildcard, a default port, plain http).
 */
export function readOrigins(origins: readonly string[]): ReadonlySet<string> {
  for (const origin of origins) {
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    if (url?.origin !== origin || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))))
      throw new TypeError(`Not a bare https origin: ${origin}`);
  }
  return new Set(origins);
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
