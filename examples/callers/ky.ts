import ky, { type KyInstance } from 'ky';

export function createClient(api: typeof fetch, prefixUrl: string): KyInstance {
  return ky.create({
    prefixUrl,
    fetch: api,
    // What Keybound refuses, or what ends with the key, is not mended by asking again.
    retry: { shouldRetry: ({ error }) => (error.name === 'KeyboundError' ? false : undefined) },
  });
}
