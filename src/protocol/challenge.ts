/** `WWW-Authenticate` challenges (RFC 9110 §11): the reader beside the writer. */

/** One challenge: its scheme in lower case, and its parameters by lower-case name. */
export interface Challenge {
  readonly scheme: string;
  readonly params: Readonly<Record<string, string>>;
}

const token = "[!#$%&'*+.^_`|~\\w-]+";
const item = new RegExp(
  `[\\s,]*(?:(${token})\\s*=\\s*(?:(${token})|"((?:[^"\\\\]|\\\\.)*)")|(${token})(?:[ \\t]+[\\w.~+/-]+=*(?=\\s*(?:,|$)))?)(?=[\\s,]|$)`,
  'y',
);

/**
 * Reads a `WWW-Authenticate` value, in which several challenges, each with several parameters, share one comma-separated
 * list (RFC 9110 §11.6.1). What follows a syntax error is left out; a parameter's first value counts; a `token68` is
 * skipped. An absent header (null) holds no challenge.
 */
export function parseChallenges(header: string | null): Challenge[] {
  const challenges: { scheme: string; params: Record<string, string> }[] = [];
  item.lastIndex = 0;
  for (let match; header && (match = item.exec(header)); ) {
    const [, name, plain, quoted, scheme] = match;
    if (scheme) challenges.push({ scheme: scheme.toLowerCase(), params: {} });
    else if (challenges.length) challenges.at(-1)!.params[name!.toLowerCase()] ??= plain ?? quoted!.replace(/\\(.)/g, '$1');
    else break;
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
