/** Grants: what a user allowed a client, from the authorization code through every refresh token after it. */

import { digest, randomBytes } from '../crypto/web.ts';
import { encodeBase64url } from '../protocol/base64url.ts';
import { utf8 } from '../protocol/bytes.ts';
import { FullError } from '../stores/memory-replay-store.ts';
import { givenOptions, readClock, readNumber } from '../stores/options.ts';

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

/** The room of {@link memoryGrantStorage}. */
export interface MemoryGrantStorageOptions {
  /** How many grants it holds, 1 to 10,000,000. Default: 100,000. */
  readonly maxEntries?: number;
  /**
   * How many pushed requests it holds beside the grants: they need no login, so that anybody can fill their room, and no
   * more than that; 1 to 10,000,000. Default: 10,000, of at most 8 KiB each.
   */
  readonly maxPushedRequests?: number;
  /** The clock, in seconds since 1970. Default: the system's. */
  readonly nowSeconds?: () => number;
}

/**
 * Grants in this process's memory, which end with it: right for one process, tests and demos.
 *
 * When it is full it rejects, which the endpoints answer with 503: to make room would end somebody's session.
 *
 * @throws TypeError where a number is no whole one in its range, or `nowSeconds` no function.
 */
export function memoryGrantStorage(options: MemoryGrantStorageOptions = {}): GrantStorage {
  const given = givenOptions(options);
  const nowSeconds = readClock(given);
  const maxEntries = readNumber(given, 'maxEntries', { fallback: 100_000, min: 1, max: 1e7, isWhole: true });
  const maxPushedRequests = readNumber(given, 'maxPushedRequests', { fallback: 10_000, min: 1, max: 1e7, isWhole: true });
  const granted = new Shelf(maxEntries, nowSeconds);
  const pushed = new Shelf(maxPushedRequests, nowSeconds);
  return {
    get: async (id) => granted.get(id) ?? pushed.get(id),
    put: async (id, grant) => (grant.current.kind === 'request_uri' ? pushed : granted).put(id, grant),
  };
}

/** Grants up to a number, without those that have ended. */
class Shelf {
  readonly #grants = new Map<string, Grant>();
  readonly #maxEntries: number;
  readonly #nowSeconds: () => number;
  #sweptAtSeconds: number;

  constructor(maxEntries: number, nowSeconds: () => number) {
    this.#maxEntries = maxEntries;
    this.#nowSeconds = nowSeconds;
    this.#sweptAtSeconds = nowSeconds();
  }

  get(id: string): Grant | undefined {
    return this.#grants.get(id);
  }

  put(id: string, grant: Grant): boolean {
    const now = this.#nowSeconds();
    if (Math.abs(now - this.#sweptAtSeconds) > (this.#isFullFor(id) ? 1 : 60)) this.#sweep(now);
    if ((this.#grants.get(id)?.version ?? 0) !== grant.version - 1) return false;
    if (this.#isFullFor(id)) throw new FullError(`${this.#maxEntries} grants or pushed requests are kept: there is no room`);
    this.#grants.set(id, grant);
    return true;
  }

  #isFullFor(id: string): boolean {
    return this.#grants.size >= this.#maxEntries && !this.#grants.has(id);
  }

  #sweep(now: number): void {
    for (const [id, grant] of this.#grants) if (grant.expiresAtSeconds < now) this.#grants.delete(id);
    this.#sweptAtSeconds = now;
  }
}
