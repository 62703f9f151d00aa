/** Revoked tokens in the memory of one process. */

import { ExpirySlices } from './expiry-slices.ts';
import type { RevocationSink, RevocationSource } from './revocation.ts';

// A token lives on after its exp for as long as its reader's clock may be behind, which is at most 300 seconds.
const retentionSeconds = 300;

/**
 * Both sides of revocation in one memory: the issuer writes, the verifier asks. It knows tokens by their `jti`, and
 * forgets them five minutes after they have expired, when no verifier takes them any more.
 *
 * When it is full, `revoke` rejects: dropping an entry would bring a revoked token back to life. Not covered: tokens
 * without `jti`, and whole subjects, sessions or keys.
 *
 * @param options.maxEntries how many revoked tokens it holds. Default: 1,000,000.
 * @param options.nowSeconds the clock, in seconds since 1970. Default: the system's.
 * @throws TypeError where `maxEntries` is not a positive integer.
 */
export function memoryRevocation({
  maxEntries = 1_000_000,
  nowSeconds = () => Date.now() / 1000,
}: { readonly maxEntries?: number; readonly nowSeconds?: () => number } = {}): RevocationSource & RevocationSink {
  const revoked = new ExpirySlices({ sliceSeconds: 3600, maxEntries });
  return {
    async check({ jti }) {
      return jti !== undefined && revoked.has(jti, nowSeconds());
    },
    async revoke({ jti, expiresAtSeconds }) {
      revoked.add(jti, { expiresAtSeconds: expiresAtSeconds + retentionSeconds, nowSeconds: nowSeconds() });
    },
  };
}
