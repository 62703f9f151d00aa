/** An issuer's key set behind a URL (RFC 8414 `jwks_uri`): fetched when it is needed, kept through outages. */

import { createLocalJWKSet, type CryptoKey, type JSONWebKeySet, type JWSHeaderParameters } from 'jose';

const refreshSeconds = 600;
const cooldownSeconds = 5;
const maxStalenessSeconds = 86_400;
const timeoutSeconds = 5;
const maxKeySetBytes = 512 * 1024;

interface RemoteKeysContext {
  readonly fetch: typeof globalThis.fetch | undefined;
  readonly nowSeconds: () => number;
}

/**
 * A key resolver over a URL.
 *
 * It fetches where it holds no keys, where they are older than ten minutes, and where a token names a key that it does
 * not know; never more than one fetch at a time, and none within five seconds of the last, so that invented key ids
 * cannot drive it. When a refresh fails, keys up to a day old stay in use.
 *
 * @throws TypeError where the URL is neither https nor http on a loopback host.
 */
export function createRemoteKeys(url: URL, { fetch, nowSeconds }: RemoteKeysContext) {
  if (!isTrustworthy(url)) throw new TypeError('issuers[].keys must be an https URL (loopback may be http)');
  const { href } = url;
  let held: { readonly find: ReturnType<typeof createLocalJWKSet>; readonly atSeconds: number } | undefined;
  let last: { readonly flight: Promise<void>; readonly atSeconds: number } | undefined;

  const isHeldFor = (seconds: number) => held !== undefined && nowSeconds() - held.atSeconds < seconds;

  // Within the cooldown, whoever comes shares the last attempt: its flight while it lasts, then its outcome.
  function refresh(): Promise<void> {
    if (last && Math.abs(nowSeconds() - last.atSeconds) < cooldownSeconds) return last.flight;
    const flight = fetchKeySet(href, fetch ?? globalThis.fetch).then((keySet) => {
      held = { find: createLocalJWKSet(keySet), atSeconds: nowSeconds() };
    });
    last = { flight, atSeconds: nowSeconds() };
    return flight;
  }

  async function refreshOrStay(): Promise<void> {
    await refresh().catch((error: unknown) => {
      if (!isHeldFor(maxStalenessSeconds)) throw error;
    });
  }

  return async (header: JWSHeaderParameters): Promise<CryptoKey> => {
    if (!isHeldFor(refreshSeconds)) await refreshOrStay();
    return held!.find(header).catch(async (error: { code?: string }) => {
      if (error.code !== 'ERR_JWKS_NO_MATCHING_KEY') throw error;
      await refreshOrStay();
      return held!.find(header);
    });
  };
}

function isTrustworthy({ protocol, hostname }: URL): boolean {
  const isLoopback = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback);
}

async function fetchKeySet(url: string, fetch: typeof globalThis.fetch): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutSeconds * 1000),
  });
  if (response.status !== 200) throw new Error(`The key set at ${url} was answered with status ${response.status}`);
  return JSON.parse(await readText(response)) as JSONWebKeySet;
}

async function readText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  const reader = body?.getReader();
  let text = '';
  let size = 0;
  for (let chunk; (chunk = await reader?.read()) && !chunk.done; text += decoder.decode(chunk.value, { stream: true })) {
    size += chunk.value.length;
    if (size <= maxKeySetBytes) continue;
    await reader!.cancel();
    throw new Error(`A key set of more than ${maxKeySetBytes} bytes`);
  }
  return text + decoder.decode();
}
