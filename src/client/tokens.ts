/** The access token of a request: as the app gives it, checked, and renewed once for all who wait. */

import { KeyboundError } from '../protocol/errors.ts';
import { rememberLast } from '../protocol/remember-last.ts';
import { readHints } from './jwt.ts';
import type { Passport } from './send.ts';
import { unlessAborted } from './unless-aborted.ts';

/** An access token, bare or with what the token response said of it. */
export type Token =
  | string
  | {
      readonly accessToken: string;
      /** `token_type` of the token response: anything but DPoP is refused (RFC 9449 §5), save for `bearerOrigins`. */
      readonly tokenType?: string;
      /** When it ends, by this device's clock, in seconds since 1970. Default what the token itself says. */
      readonly expiresAtSeconds?: number;
    };

/** Where tokens come from: the app. */
export interface TokenOptions {
  /** Asked before each request. Without a token the request goes out bare, with neither token nor proof. */
  accessToken(context: { readonly url: URL }): Token | undefined | Promise<Token | undefined>;
  /**
   * Gets a new token, where the old one is refused or ends within seconds: called once for all waiters and all tabs.
   * `accessToken` is asked again before, in case another tab has done it, and afterwards. If it fails, the request goes on
   * with what there is, or ends with the server's answer. It must not use the fetch that it renews for.
   */
  refresh?(): Promise<unknown>;
}

/** What is needed to judge and renew a token. */
interface TokenParts extends TokenOptions {
  readonly lock: string;
  readonly isBearer: (url: string) => boolean;
  /** By how much the servers' clocks are ahead. */
  skewSeconds(): number;
  /** Told of the thumbprint that a token is bound to; throws where the key is another. */
  checkBinding(jkt: string): void;
  refreshed(ok: boolean): void;
}

type Hints = ReturnType<typeof readHints>;

/** Said without the value, which is a secret: fetch would tell it, where it cannot be a header. */
const noToken = 'accessToken: no token, nor { accessToken }';
/** A token this close to its end is renewed first. */
const marginSeconds = 10;
/** How long another tab's renewal is waited for. */
const patienceSeconds = 30;

/** Reads tokens for the send path; see {@link Passport.accessToken}. */
export function tokenReader(parts: TokenParts): NonNullable<Passport['accessToken']> {
  const { lock, isBearer, refresh, refreshed } = parts;
  const renewals = new Map<string, Promise<unknown>>();
  // A token that seemed at its end when it had just been renewed: our clock is wrong, and only the server can tell.
  let doubted: string | undefined;
  // One token serves many requests.
  const hintsOf = rememberLast((value: string) => {
    if (/[^ -~]/.test(value)) throw new TypeError(noToken);
    return readHints(value);
  });
  const judgement = { ...parts, hintsOf };
  // Made for whoever looks at it, who may change it.
  const contextOf = (url: string) => ({
    get url() {
      return new URL(url);
    },
  });
  const read = async (url: string, signal?: AbortSignal) => {
    const given = parts.accessToken(contextOf(url));
    // Most apps have it at hand: then there is nothing to wait for, and nothing to abort.
    const isAwaited = signal && (given as Partial<Promise<unknown>> | undefined)?.then;
    return readToken(await (isAwaited ? unlessAborted(signal, given) : given), isBearer(url), judgement);
  };
  const renew = (url: string, stale: string) =>
    exclusively(lock, async () => {
      if ((await read(url)).value === stale) {
        await refresh!();
        refreshed(true);
      }
    })
      .catch(() => refreshed(false))
      .finally(() => renewals.delete(stale));

  return async (url, signal, refused) => {
    let token = await read(url, signal);
    const { value, endsInSeconds } = token;
    const isStale = refused ? value === refused : endsInSeconds < marginSeconds && value !== doubted;
    if (value && isStale && refresh) {
      const renewal = renewals.get(value) ?? renew(url, value);
      renewals.set(value, renewal);
      await unlessAborted(signal, renewal);
      token = await read(url, signal);
      if (token.endsInSeconds < marginSeconds) doubted = token.value;
    }
    signal.throwIfAborted();
    return token.value === refused ? undefined : token.value;
  };
}

/** What a token is judged by. */
interface Judgement extends Pick<TokenParts, 'skewSeconds' | 'checkBinding'> {
  hintsOf(token: string): Hints;
}

function readToken(token: Token | undefined, isBearer: boolean, { skewSeconds, checkBinding, hintsOf }: Judgement) {
  const { accessToken, tokenType = 'DPoP', expiresAtSeconds } = typeof token === 'object' && token && 'accessToken' in token ? token : { accessToken: token };
  const value = accessToken ?? '';
  if (typeof value !== 'string') throw new TypeError(noToken);
  const { exp = Infinity, jkt } = hintsOf(value);
  if (!isBearer) {
    if (!/^dpop$/i.test(tokenType)) throw new KeyboundError('token-type', tokenType);
    if (jkt) checkBinding(jkt);
  }
  return { value, endsInSeconds: (expiresAtSeconds ?? exp - skewSeconds()) - Date.now() / 1000 };
}

// Where there are no Web Locks, or none for this page (a frame that has no storage), no tab could be waited for.
async function exclusively(name: string, task: () => Promise<void>): Promise<void> {
  let begun: Promise<void> | undefined;
  const begin = () => (begun ??= task());
  const signal = AbortSignal.timeout(patienceSeconds * 1000);
  await globalThis.navigator?.locks?.request(name, { signal }, begin).catch((error: Error) => {
    if (error.name !== 'SecurityError') throw error;
  });
  return begin();
}
