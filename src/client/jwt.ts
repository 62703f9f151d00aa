/** What a client may read in a token that is none of its business: hints, never proof of anything. */

/** The claims that concern a client, where they are what they should be. */
export interface TokenHints {
  /** When it was issued, and when it ends, in seconds since 1970. */
  readonly iat: number | undefined;
  readonly exp: number | undefined;
  /** The thumbprint of the key that it is bound to. */
  readonly jkt: string | undefined;
}

/** Reads a JWT without verifying it; a token that is none, or is encrypted, gives no hints. */
export function readHints(token: unknown): Partial<TokenHints> {
  try {
    const [, payload] = (token as string).split('.');
    const { iat, exp, cnf } = JSON.parse(atob(payload!.replace(/-/g, '+').replace(/_/g, '/')));
    return { iat: time(iat), exp: time(exp), jkt: cnf?.jkt };
  } catch {
    return {};
  }
}

const time = (value: unknown) => (typeof value === 'number' ? value : undefined);
