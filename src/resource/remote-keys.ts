/** An issuer's key set behind a URL (RFC 8414 `jwks_uri`): fetched when it is needed, kept through outages. */

import { createLocalJWKSet, type CryptoKey, type JSONWebKeySet, type JWSHeaderParameters } from 'jose';
import type { Eventual } from '../protocol/eventual.ts';
import { neverStarted, startStopwatch } from '../stores/stopwatch.ts';
import { checkEndpoint, fetchText } from './remote-text.ts';

const refreshSeconds = 540;
const overdueSeconds = 600;
const cooldownSeconds = 5;
const maxStalenessSeconds = 86_400;
const maxKeySetBytes = 512 * 1024;

interface RemoteKeysContext {
  readonly fetch: typeof globalThis.fetch | undefined;
  readonly nowSeconds: () => number;
  readonly timeoutSeconds?: number;
}

interface HeldKeys {
  readonly text: string;
  readonly find: ReturnType<typeof createLocalJWKSet>;
  readonly ageSeconds: () => number;
}

interface Attempt {
  readonly flight: Promise<void>;
  sinceEndSeconds: (() => number) | undefined;
}

/**
 * The keys behind a URL. While the key set stays the same, so do the keys that it gives: one object for one key.
 *
 * It fetches where it holds no keys, where they are older than nine minutes, and where a token names a key that it does
 * not know; never more than one fetch at a time, and none within five seconds of the last one's end, so that invented key ids
 * cannot drive it. When a refresh fails, keys up to a day old stay in use.
 *
 * Keys up to ten minutes old serve on meanwhile. Older ones may have been withdrawn since: they wait for their refresh,
 * unless one has failed in the last ten minutes. So in an outage at most the first attempt is waited for.
 *
 * @param context.timeoutSeconds how long the whole answer may take. Default: 5.
 * @throws TypeError where the URL is neither https nor http on a loopback host.
 */
export function createRemoteKeys(url: URL, { fetch, nowSeconds, timeoutSeconds = 5 }: RemoteKeysContext) {
  checkEndpoint(url, 'issuers[].keys');
  const { href } = url;
  let held: HeldKeys | undefined;
  let last: Attempt | undefined;
  let sinceFailureSeconds = neverStarted;

  const isHeldFor = (seconds: number) => held !== undefined && held.ageSeconds() < seconds;
  const servesMeanwhile = () =>
    isHeldFor(overdueSeconds) || (isHeldFor(maxStalenessSeconds) && sinceFailureSeconds() < overdueSeconds);

  async function load(): Promise<void> {
    const headers = { accept: 'application/jwk-set+json, application/json' };
    const text = await fetchText(href, { headers }, { fetch, timeoutSeconds, maxBytes: maxKeySetBytes });
    const find = held?.text === text ? held.find : createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
    held = { text, find, ageSeconds: startStopwatch(nowSeconds) };
  }

  // Whoever comes shares the last attempt: its flight while it lasts, then, for the cooldown, its outcome.
  function refresh(): Promise<void> {
    if (last && !(last.sinceEndSeconds && last.sinceEndSeconds() >= cooldownSeconds)) return last.flight;
    const attempt: Attempt = { flight: load(), sinceEndSeconds: undefined };
    const end = () => (attempt.sinceEndSeconds = startStopwatch(nowSeconds));
    attempt.flight.then(end, () => (sinceFailureSeconds = end()));
    last = attempt;
    return attempt.flight;
  }

  async function refreshOrStay(): Promise<void> {
    await refresh().catch((error: unknown) => {
      if (!isHeldFor(maxStalenessSeconds)) throw error;
    });
  }

  async function renew(): Promise<unknown> {
    await (servesMeanwhile() ? void refresh() : refreshOrStay());
    return held!.find;
  }

  return {
    /** The key for a token header. */
    async resolve(header: JWSHeaderParameters): Promise<CryptoKey> {
      if (!isHeldFor(refreshSeconds)) await renew();
      return held!.find(header).catch(async (error: { code?: string }) => {
        if (error.code !== 'ERR_JWKS_NO_MATCHING_KEY') throw error;
        await refreshOrStay();
        return held!.find(header);
      });
    },
    /** The same thing as long as the key set is the same. */
    edition: (): Eventual<unknown> => (isHeldFor(refreshSeconds) ? held!.find : renew()),
  };
}
