/** Spent proofs and nonces in the memory of one process. */

import { ExpirySlices } from './expiry-slices.ts';
import type { ReplayStore } from './replay-store.ts';

// A claimant whose clock is behind ours still has to find what it has spent.
const minimumRetentionSeconds = 120;

/**
 * A replay store for one process: what it holds is not seen by other processes and is gone with this one. Its
 * epoch fences that off: a nonce from another process, or from before a restart, is asked to be renewed. Under the
 * nonce policy `none` there is no such fence.
 *
 * When it is full it rejects, which the verifier answers with 503: to make room by forgetting a proof that is still
 * good would let it be replayed.
 *
 * @param options.maxEntries how many live entries it holds, some 100 bytes each. Default: 1,000,000.
 * @param options.nowSeconds the clock, in seconds since 1970. Default: the system's.
 * @throws TypeError where `maxEntries` is not a positive integer.
 */
export function memoryReplayStore({
  maxEntries = 1_000_000,
  nowSeconds = () => Date.now() / 1000,
}: { readonly maxEntries?: number; readonly nowSeconds?: () => number } = {}): ReplayStore {
  const epoch = crypto.randomUUID();
  const spent = new ExpirySlices({ sliceSeconds: 10, maxEntries });
  return {
    shared: false,
    epoch: async () => epoch,
    // Nothing is awaited between the look and the entry: that makes the claim atomic.
    async claim(key, expiresAtSeconds) {
      const now = nowSeconds();
      if (spent.has(key, now)) return false;
      const isPast = expiresAtSeconds <= now;
      spent.add(key, { expiresAtSeconds: isPast ? now + minimumRetentionSeconds : expiresAtSeconds, nowSeconds: now });
      return true;
    },
  };
}
