/** Grants: what a user allowed a client, from the authorization code through every refresh token after it. */

import { digest, randomBytes } from '../crypto/web.ts';
import { encodeBase64url } from '../protocol/base64url.ts';
import { utf8 } from '../protocol/bytes.ts';

/**
 * One grant. Its authorization code and all its refresh tokens are one family: only `current` is good, any other of
 * them is a second use. It is plain data, so that any store can keep it; it holds hashes, no secrets.
 */
export interface Grant {
  /** Counts the writes: see {@link GrantStorage.put}. */
  readonly version: number;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly sub: string;
  readonly sid?: string | undefined;
  readonly scope?: string | undefined;
  readonly codeChallenge: string;
  /** The key that the authorization request named (RFC 9449 §10). */
  readonly dpopJkt?: string | undefined;
  /** The key that redeemed the code: refresh tokens are bound to it (RFC 9449 §5). */
  readonly jkt?: string | undefined;
  /** Base64url of SHA-256 over the one code or refresh token that is good now. */
  readonly current: { readonly kind: 'code' | 'refresh_token'; readonly hash: string };
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

/** A code or refresh token as it is looked up: under the hash of its first half, known good by the hash of the whole. */
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

/** Grants in this process's memory, which end with it: right for one process, tests and demos. */
export function memoryGrantStorage({ nowSeconds = () => Date.now() / 1000 }: { nowSeconds?: () => number } = {}): GrantStorage {
  const grants = new Map<string, Grant>();
  let sweptAtSeconds = nowSeconds();
  const sweep = (now: number) => {
    for (const [id, grant] of grants) if (grant.expiresAtSeconds < now) grants.delete(id);
    sweptAtSeconds = now;
  };
  return {
    get: async (id) => grants.get(id),
    async put(id, grant) {
      if (nowSeconds() > sweptAtSeconds + 60) sweep(nowSeconds());
      if ((grants.get(id)?.version ?? 0) !== grant.version - 1) return false;
      grants.set(id, grant);
      return true;
    },
  };
}
