/** The lists of origins that may see a proof. */

const secure = /^https:[^*]+$|^http:\/\/((.+\.)?localhost|127\.[\d.]+|\[::1\])(:\d+)?$/;

/**
 * Reads a list of bare origins: `https://api.example.com`, and `http://` for loopback alone.
 *
 * @throws TypeError for anything else (a path, a trailing slash, a wildcard, a default port, plain http).
 */
export function readOrigins(origins: readonly string[]): ReadonlySet<string> {
  for (const origin of origins) {
    if (new URL(origin).origin !== origin || !secure.test(origin)) throw new TypeError(`No bare https origin: ${origin}`);
  }
  return new Set(origins);
}
