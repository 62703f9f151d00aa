/** What is revoked, in the memory of one process. */

import { promised } from './at-once.ts';
import { givenOptions, readClock } from './options.ts';
import { RevocationSet } from './revocation-set.ts';
import type { RevocationSink, RevocationSource, TokenIdentity } from './revocation.ts';

/**
 * Both sides of revocation in one memory: the issuer writes, the verifier asks. It forgets entries five minutes after the
 * last token that they mean has expired, when no verifier takes it any more, and no earlier by a clock that nobody sets.
 *
 * When it is full, `revoke` rejects: dropping an entry would bring a revoked token back to life. One entry by `sub`,
 * `client_id` or `jkt` can stand for many tokens. What it holds is gone with the process.
 *
 * @param options.maxEntries how many entries it holds, some 200 bytes each. Default: 1,000,000.
 * @param options.nowSeconds the clock, in seconds since 1970. Default: the system's.
 * @throws TypeError where `maxEntries` is not a positive integer, or `nowSeconds` no function.
 */
export function memoryRevocation(
  options: { readonly maxEntries?: number; readonly nowSeconds?: () => number } = {},
): RevocationSource & RevocationSink {
  const given = givenOptions(options);
  const nowSeconds = readClock(given);
  const revoked = new RevocationSet(given.maxEntries ?? 1_000_000);
  return {
    check: promised((token: TokenIdentity) => revoked.has(token, nowSeconds())),
    revoke: async (revocation) => revoked.add(revocation, nowSeconds()),
  };
}
