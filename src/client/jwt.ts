/** What a client may read in a JWT that it did not verify: hints, never proof of anything. */

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
  const { iat, exp, cnf } = read(token, 1);
  return { iat: time(iat), exp: time(exp), jkt: cnf?.jkt };
}

/** How a JWS names its algorithm; undefined where it does not. */
export function readAlgorithm(jws: string): string | undefined {
  return read(jws, 0).alg;
}

function read(jws: unknown, part: 0 | 1) {
  try {
    return Object(JSON.parse(atob((jws as string).split('.')[part]!.replace(/-/g, '+').replace(/_/g, '/'))));
  } catch {
    return {};
  }
}

const time = (value: unknown) => (Number.isFinite(value) ? (value as number) : undefined);
