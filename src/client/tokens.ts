/** The access token of a request: as the app gives it, checked, and renewed once for all who wait. */

import { KeyboundError } from '../protocol/errors.ts';
import { rememberLast } from '../protocol/remember-last.ts';
import { readDestination } from '../protocol/target-uri.ts';
import { readHints } from './jwt.ts';
import type { Passport, Session } from './send.ts';
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

/** A token this close to its end is renewed first. */
const marginSeconds = 10;
/** How long another tab's renewal is waited for. */
const patienceSeconds = 30;

/** Reads tokens for the send path; see {@link Passport.accessToken}. Those for `bearerOrigins` need not be bound. */
export function tokenReader(session: Session, options: TokenOptions, bearerOrigins: ReadonlySet<string>): NonNullable<Passport['accessToken']> {
  const renewals = new Map<string, Promise<unknown>>();
  // A token that seemed at its end when it had just been renewed: our clock is wrong, and only the server can tell.
  let doubted: string | undefined;
  // One token serves many requests.
  const hintsOf = rememberLast((value: string) => {
    // Said without the value, which is a secret: fetch would tell it, where it cannot be a header.
    if (typeof value !== 'string' || /[^ -~]/.test(value)) throw new TypeError('accessToken: no token, nor { accessToken }');
    return readHints(value);
  });

  const read = async (url: string, signal?: AbortSignal) => {
    // Made for whoever looks at it, who may change it.
    const context = {
      get url() {
        return new URL(url);
      },
    };
    const given = options.accessToken(context);
    // Most apps have it at hand: then there is nothing to wait for, and nothing to abort.
    const isAwaited = signal && (given as Partial<Promise<unknown>> | undefined)?.then;
    const token = await (isAwaited ? unlessAborted(signal, given) : given);
    const { accessToken, tokenType = 'DPoP', expiresAtSeconds } = ('accessToken' in Object(token) ? token : { accessToken: token }) as Exclude<Token, string>;
    const value = accessToken ?? '';
    const { exp = Infinity, jkt } = hintsOf(value);
    if (!bearerOrigins.has(readDestination(url).origin)) {
      if (!/^dpop$/i.test(tokenType)) throw new KeyboundError('token-type', tokenType);
      if (jkt) session.checkBinding(jkt);
    }
    const endsAtSeconds = expiresAtSeconds ?? exp - session.skewSeconds();
    return { value, isEnding: endsAtSeconds - Date.now() / 1000 < marginSeconds };
  };
  const refreshed = (ok: boolean) => session.emit('refresh', { ok });
  const renew = (url: string, stale: string) =>
    exclusively(session.lock, async () => {
      if ((await read(url)).value === stale) {
        await options.refresh!();
        refreshed(true);
      }
    })
      .catch(() => refreshed(false))
      .finally(() => renewals.delete(stale));

  return async (url, signal, refused) => {
    let { value, isEnding } = await read(url, signal);
    const isStale = refused ? value === refused : isEnding && value !== doubted;
    if (value && isStale && options.refresh) {
      if (!renewals.has(value)) renewals.set(value, renew(url, value));
      await unlessAborted(signal, renewals.get(value));
      ({ value, isEnding } = await read(url, signal));
      if (isEnding) doubted = value;
    }
    signal.throwIfAborted();
    return value === refused ? undefined : value;
  };
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
