/** Spent proofs and nonces in the memory of one process. */

import { createFingerprints, type Fingerprint } from './fingerprint.ts';
import { FingerprintSet } from './fingerprint-set.ts';
import { KeyQuota } from './key-quota.ts';
import type { Claim, ReplayStore, Spending, SpendOutcome } from './replay-store.ts';

// A claimant whose clock is behind ours still has to find what it has spent.
const minimumRetentionSeconds = 120;

/** How much a memory replay store holds. */
export interface MemoryReplayStoreOptions {
  /** How many live entries it holds, at most 20 bytes each; all of them are never allocated in advance. Default: 1,000,000. */
  readonly maxEntries?: number;
  /** How many live proofs one key may have, so that no client can fill the store alone. Default: 1000. */
  readonly maxEntriesPerKey?: number;
  /** The clock, in seconds since 1970. Default: the system's. */
  readonly nowSeconds?: () => number;
}

/** Thrown where one key has spent its share; the store has room for others. */
export class QuotaError extends Error {
  override readonly name = 'QuotaError';
}

/** Thrown where a store has no room for anybody. */
export class FullError extends Error {
  override readonly name = 'FullError';
}

/**
 * A replay store for one process: what it holds is not seen by other processes and is gone with this one. Its epoch
 * fences that off: a nonce from another process, or from before a restart, is asked to be renewed. Under the nonce policy
 * `none`, proofs that may have been made before it was born are refused.
 *
 * When it is full, or one key is over its quota, it rejects, which the verifier answers with 503, and forgets nothing:
 * to make room by forgetting a proof that is still good would let it be replayed.
 *
 * It keeps 64-bit fingerprints, made with random numbers of this process, not the keys. Of n live entries, a good
 * proof meets one by chance in n of 2^64 cases: it is taken for a replay then, and a fresh one passes.
 *
 * @throws TypeError where an option is not a positive integer.
 */
export function memoryReplayStore({
  maxEntries = 1_000_000,
  maxEntriesPerKey = 1000,
  nowSeconds = () => Date.now() / 1000,
}: MemoryReplayStoreOptions = {}): ReplayStore {
  if (!Number.isSafeInteger(maxEntriesPerKey) || maxEntriesPerKey < 1) throw new TypeError('maxEntriesPerKey must be a positive integer');
  const memory = new SpentMemory(maxEntries, maxEntriesPerKey);
  const epoch = crypto.randomUUID();
  const born = nowSeconds();
  return {
    shared: false,
    epoch: async () => epoch,
    bornAtSeconds: async () => born,
    claim: async (key, expiresAtSeconds) => memory.claim({ key, expiresAtSeconds }, nowSeconds()),
    async spend(spending) {
      if (spending.epoch !== undefined && spending.epoch !== epoch) return 'epoch_changed';
      return memory.spend(spending, nowSeconds());
    },
  };
}

/** Nothing here is awaited: each call is one step, which is what makes it atomic. */
class SpentMemory {
  readonly #fingerprint = createFingerprints();
  readonly #spent: FingerprintSet;
  readonly #quota: KeyQuota;
  readonly #maxEntries: number;
  readonly #maxEntriesPerKey: number;

  constructor(maxEntries: number, maxEntriesPerKey: number) {
    this.#spent = new FingerprintSet(maxEntries);
    this.#quota = new KeyQuota(maxEntries);
    this.#maxEntries = maxEntries;
    this.#maxEntriesPerKey = maxEntriesPerKey;
  }

  claim({ key, expiresAtSeconds }: Claim, nowSeconds: number): boolean {
    const print = this.#fingerprint(key);
    const refusal = this.#refuse(1, nowSeconds);
    if (!refusal) return this.#take(print, expiresAtSeconds, nowSeconds);
    if (this.#spent.has(print, nowSeconds)) return false;
    throw refusal;
  }

  spend({ proof, nonce, jkt }: Spending, nowSeconds: number): SpendOutcome {
    const print = this.#fingerprint(proof.key);
    const owner = this.#fingerprint(jkt);
    const refusal = this.#refuse(nonce ? 2 : 1, nowSeconds) ?? this.#refuseOwner(owner, nowSeconds);
    if (refusal && !this.#spent.has(print, nowSeconds)) throw refusal;
    if (refusal || !this.#take(print, proof.expiresAtSeconds, nowSeconds)) return 'proof_replayed';
    this.#quota.add(owner, { lifeSeconds: proof.expiresAtSeconds - nowSeconds, nowSeconds });
    if (!nonce || this.#take(this.#fingerprint(nonce.key), nonce.expiresAtSeconds, nowSeconds)) return 'spent';
    return 'nonce_reused';
  }

  #refuse(count: number, nowSeconds: number): Error | undefined {
    return this.#spent.room(nowSeconds) < count ? new FullError(`Full: ${this.#maxEntries} entries are alive`) : undefined;
  }

  #refuseOwner(owner: Fingerprint, nowSeconds: number): Error | undefined {
    if (this.#quota.count(owner, nowSeconds) < this.#maxEntriesPerKey) return undefined;
    return new QuotaError(`Over quota: one key has ${this.#maxEntriesPerKey} proofs alive`);
  }

  #take(print: Fingerprint, expiresAtSeconds: number, nowSeconds: number): boolean {
    const isPast = expiresAtSeconds <= nowSeconds;
    return this.#spent.claim(print, { expiresAtSeconds: isPast ? nowSeconds + minimumRetentionSeconds : expiresAtSeconds, nowSeconds });
  }
}
