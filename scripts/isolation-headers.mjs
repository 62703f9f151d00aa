// The response headers that keep script in the page from handing the key to another origin. What each line stops, what it
// costs, and what none of them stops is in docs/headers.md; test/end-to-end/key-isolation.node.test.ts mounts the attacks.

/**
 * The Content-Security-Policy of a page that loads nothing but files of its own origin.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const POLICY = Object.freeze({
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  'connect-src': "'self'",
  'frame-src': "'none'",
  'object-src': "'none'",
  'worker-src': "'none'",
  'frame-ancestors': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'require-trusted-types-for': "'script'",
  'trusted-types': "'none'",
});

/**
 * All the headers. They belong on every response of the origin: pages, error pages, files.
 *
 * @param {Readonly<Record<string, string>>} [changes] directives that are to say something else; an empty one is left out
 * @param {string} [nonce] where a server renders the page: a second policy that only scripts with this nonce pass
 * @returns {Record<string, string>}
 */
export function isolationHeaders(changes = {}, nonce) {
  const directives = Object.entries({ ...POLICY, ...changes }).filter(([, value]) => value !== '');
  const policy = directives.map((directive) => directive.join(' ')).join('; ');
  return {
    'Content-Security-Policy': nonce === undefined ? policy : `${policy}, script-src 'nonce-${nonce}'`,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
}
