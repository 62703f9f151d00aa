/** `WWW-Authenticate` challenges (RFC 9110 §11): the reader beside the writer. */

/** One challenge: its scheme in lower case, and its parameters by lower-case name. */
export interface Challenge {
  readonly scheme: string;
  readonly params: Readonly<Record<string, string>>;
}

// A separator, a word, and, where it is a parameter, its value; a token68 that ends in `=` passes as one without.
const item = /([\s,]*)([^\s,="]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/gy;

/**
 * Reads a `WWW-Authenticate` value, in which several challenges, each with several parameters, share one comma-separated
 * list (RFC 9110 §11.6.1). What follows a syntax error is left out; a parameter's first value counts; a `token68` is
 * skipped. An absent header (null) holds no challenge.
 */
export function parseChallenges(header: string | null): Challenge[] {
  const challenges: { scheme: string; params: Record<string, string> }[] = [];
  for (const [, separator, word, quoted, plain = quoted?.replace(/\\(.)/g, '$1')] of (header ?? '').matchAll(item)) {
    const name = word!.toLowerCase();
    const current = challenges.at(-1);
    if (plain !== undefined && current) current.params[name] ??= plain;
    // A word behind a mere space is a scheme's token68.
    else if (!current || separator!.includes(',')) challenges.push({ scheme: name, params: { __proto__: null! } });
  }
  return challenges;
}

/**
 * Writes one challenge, each parameter as a quoted string in the order given.
 *
 * `error` and `error_description` may hold neither quote nor backslash (RFC 6750 §3): the caller keeps to that; here
 * they are escaped, so that no value can end its string.
 */
export function formatChallenge(scheme: string, params: Readonly<Record<string, string>>): string {
  const written = Object.entries(params).map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`);
  return [scheme, written.join(', ')].filter(Boolean).join(' ');
}
