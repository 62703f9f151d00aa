/** Grants: what a user allowed a client, from the authorization code through every refresh token after it. */

import { digest, randomBytes } from '../crypto/web.ts';
import { encodeBase64url } from '../protocol/base64url.ts';
import { utf8 } from '../protocol/bytes.ts';

/** What a grant begins with: the user that the embedding app has authenticated, and the client's request. */
export interface AuthorizeParameters {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly sub: string;
  readonly sid?: string | undefined;
  readonly scope?: string | undefined;
  /** Base64url of SHA-256 over the client's `code_verifier`: PKCE with S256 (RFC 7636 §4.2). */
  readonly codeChallenge: string;
  /** The one key that may redeem the code (RFC 9449 §10); without it any key may, and the tokens are bound to that. */
  readonly dpopJkt?: string | undefined;
  /**
   * When the user logged in, in seconds since 1970: revocations that reach up to a time end the grants from before it.
   * Default: now.
   */
  readonly issuedAtSeconds?: number | undefined;
}

/**
 * One grant. Its authorization code and all its refresh tokens are one family: only `current` is good, any other of
 * them is a second use. A pushed authorization request (RFC 9126), which nobody has granted yet, is kept in the same
 * shape, with an empty `sub`. It is plain data, so that any store can keep it; it holds hashes, no secrets.
 */
export interface Grant extends AuthorizeParameters {
  /** Counts the writes: see {@link GrantStorage.put}. */
  readonly version: number;
  /** What a client pushed, by name. */
  readonly parameters?: Readonly<Record<string, string | undefined>> | undefined;
  /** The key that redeemed the code: refresh tokens are bound to it (RFC 9449 §5). */
  readonly jkt?: string | undefined;
  /** Base64url of SHA-256 over the one code, refresh token or request URI that is good now. */
  readonly current: { readonly kind: 'request_uri' | 'code' | 'refresh_token'; readonly hash: string };
  /** Access tokens that may still be alive: revoked together with the grant. */
  readonly accessTokens: readonly { readonly jti: string; readonly expiresAtSeconds: number }[];
  readonly revoked: boolean;
  /** When the grant ends, in seconds since 1970: after that it may be forgotten. */
  readonly expiresAtSeconds: number;
}

/** Where grants are kept. A storage that cannot answer rejects: the endpoint then answers 503. */
export interface GrantStorage {
  get(id: string): Promise<Grant | undefined>;
  /**
   * Keeps a grant where the stored version is the one before `grant.version` (none stored counts as 0), as one atomic
   * operation: true where it was kept, false where somebody else was first.
   */
  put(id: string, grant: Grant): Promise<boolean>;
}

/** A code, refresh token or request URI as it is looked up: under the hash of its first half, known good by the hash of the whole. */
export interface Handle {
  readonly text: string;
  readonly id: string;
  readonly hash: string;
}

/** A new code or refresh token: 128 bits that name the grant, the same through its life, and 256 bits of its own. */
export function newHandle(previous?: string): Promise<Handle> {
  const name = previous?.split('.')[0] ?? encodeBase64url(randomBytes(16));
  return readHandle(`${name}.${encodeBase64url(randomBytes(32))}`);
}

/** What a presented code or refresh token is looked up by. */
export async function readHandle(text: string): Promise<Handle> {
  const [id, hash] = await Promise.all([sha256(text.split('.')[0]!), sha256(text)]);
  return { text, id, hash };
}

/** Base64url of SHA-256: also how PKCE makes its challenge (RFC 7636 §4.2). */
export async function sha256(text: string): Promise<string> {
  return encodeBase64url(await digest(utf8(text)));
}

/**
 * Grants in this process's memory, which end with it: right for one process, tests and demos.
 *
 * When it is full it rejects, which the endpoints answer with 503: to make room would end somebody's session.
 *
 * @param options.maxEntries how many grants it holds; pushed requests, which need no login, count too. Default: 100,000.
 * @param options.nowSeconds the clock, in seconds since 1970. Default: the system's.
 */
export function memoryGrantStorage({
  maxEntries = 100_000,
  nowSeconds = () => Date.now() / 1000,
}: { readonly maxEntries?: number; readonly nowSeconds?: () => number } = {}): GrantStorage {
  const grants = new Map<string, Grant>();
  let sweptAtSeconds = nowSeconds();
  const sweep = (now: number) => {
    for (const [id, grant] of grants) if (grant.expiresAtSeconds < now) grants.delete(id);
    sweptAtSeconds = now;
  };
  return {
    get: async (id) => grants.get(id),
    async put(id, grant) {
      const now = nowSeconds();
      const isFull = !grants.has(id) && grants.size >= maxEntries;
      if (now > sweptAtSeconds + (isFull ? 1 : 60)) sweep(now);
      if ((grants.get(id)?.version ?? 0) !== grant.version - 1) return false;
      if (!grants.has(id) && grants.size >= maxEntries) throw new Error(`Full: ${maxEntries} grants are kept`);
      grants.set(id, grant);
      return true;
    },
  };
}
