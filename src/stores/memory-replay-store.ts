/** Spent proofs and nonces in the memory of one process. */

import { promised } from './at-once.ts';
import { createFingerprints, type Fingerprint } from './fingerprint.ts';
import { FingerprintSet } from './fingerprint-set.ts';
import { KeyQuota } from './key-quota.ts';
import { givenOptions, readClock } from './options.ts';
import type { Claim, ReplayStore, Spending, SpendOutcome } from './replay-store.ts';

// A claimant whose clock is behind ours still has to find what it has spent.
const minimumRetentionSeconds = 120;

// Verifiers keep what is spent for more than a second after its end: that much later, nothing forgotten is good again.
const harmlessStepSeconds = 1;

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
 * Where its clock is set back by more than a second, what it forgot under the later time may be good again. Then it has a
 * new epoch, and was born at the latest time that the clock has shown: under the nonce policy `none` that means 503 until
 * the clock has come there. Quotas begin anew, and what it held takes up no room, but is still refused until its time is
 * over. It holds that much besides once: what came before a second step back, while any of that lives, counts as ever.
 *
 * When it is full, or one key is over its quota, it rejects, which the verifier answers with 503, and forgets nothing:
 * to make room by forgetting a proof that is still good would let it be replayed.
 *
 * It keeps 64-bit fingerprints, made with random numbers of this process, not the keys. Of n live entries, a good
 * proof meets one by chance in n of 2^64 cases: it is taken for a replay then, and a fresh one passes.
 *
 * @throws TypeError where a number is not a positive integer, `maxEntries` is above 100,000,000, or `nowSeconds` no function.
 */
export function memoryReplayStore(options: MemoryReplayStoreOptions = {}): ReplayStore {
  const given = givenOptions(options);
  const { maxEntries = 1_000_000, maxEntriesPerKey = 1000 } = given;
  const nowSeconds = readClock(given);
  if (!Number.isSafeInteger(maxEntriesPerKey) || maxEntriesPerKey < 1) throw new TypeError('maxEntriesPerKey must be a positive integer');
  const memory = new SpentMemory({ maxEntries, maxEntriesPerKey, nowSeconds });
  return {
    shared: false,
    epoch: promised(() => memory.epoch),
    bornAtSeconds: promised(() => memory.bornAtSeconds),
    claim: promised((key: string, expiresAtSeconds: number) => memory.claim({ key, expiresAtSeconds })),
    spend: promised((spending: Spending) => memory.spend(spending)),
  };
}

/** Nothing here is awaited: each call is one step, which is what makes it atomic. */
class SpentMemory {
  readonly #options: Required<MemoryReplayStoreOptions>;
  readonly #fingerprint = createFingerprints();
  #spent: FingerprintSet;
  /** What was spent before the clock was set back: for claims alone, which no epoch fences. */
  #spentBefore: FingerprintSet | undefined;
  #quota: KeyQuota;
  #epoch = crypto.randomUUID();
  #bornAtSeconds: number;
  #latestSeconds: number;

  constructor(options: Required<MemoryReplayStoreOptions>) {
    this.#options = options;
    this.#spent = new FingerprintSet(options.maxEntries);
    this.#quota = new KeyQuota(options.maxEntries);
    this.#bornAtSeconds = this.#latestSeconds = options.nowSeconds();
  }

  get epoch(): string {
    this.#readClock();
    return this.#epoch;
  }

  get bornAtSeconds(): number {
    this.#readClock();
    return this.#bornAtSeconds;
  }

  claim({ key, expiresAtSeconds }: Claim): boolean {
    const nowSeconds = this.#readClock();
    const print = this.#fingerprint(key);
    const refusal = this.#refuse(1, nowSeconds);
    if (!refusal) return this.#take(print, expiresAtSeconds, nowSeconds);
    if (this.#has(print, nowSeconds)) return false;
    throw refusal;
  }

  spend({ proof, nonce, jkt, epoch }: Spending): SpendOutcome {
    const nowSeconds = this.#readClock();
    if (epoch !== undefined && epoch !== this.#epoch) return 'epoch_changed';
    const print = this.#fingerprint(proof.key);
    const owner = this.#fingerprint(jkt);
    const refusal = this.#refuse(nonce ? 2 : 1, nowSeconds) ?? this.#refuseOwner(owner, nowSeconds);
    if (refusal && !this.#has(print, nowSeconds)) throw refusal;
    if (refusal || !this.#take(print, proof.expiresAtSeconds, nowSeconds)) return 'proof_replayed';
    this.#quota.add(owner, { lifeSeconds: proof.expiresAtSeconds - nowSeconds, nowSeconds });
    if (!nonce || this.#take(this.#fingerprint(nonce.key), nonce.expiresAtSeconds, nowSeconds)) return 'spent';
    return 'nonce_reused';
  }

  #readClock(): number {
    const nowSeconds = this.#options.nowSeconds();
    if (nowSeconds < this.#latestSeconds - harmlessStepSeconds) this.#beginAnew(nowSeconds);
    else if (nowSeconds > this.#latestSeconds) this.#latestSeconds = nowSeconds;
    return nowSeconds;
  }

  #beginAnew(nowSeconds: number): void {
    this.#epoch = crypto.randomUUID();
    this.#bornAtSeconds = Math.max(this.#bornAtSeconds, this.#latestSeconds);
    this.#latestSeconds = nowSeconds;
    this.#quota = new KeyQuota(this.#options.maxEntries);
    this.#setAside(nowSeconds);
  }

  // Entries from a time that the clock has shown by mistake would fill the store until that time comes.
  #setAside(nowSeconds: number): void {
    const { maxEntries } = this.#options;
    if (this.#spentBefore && this.#spentBefore.room(nowSeconds) < maxEntries) return;
    this.#spentBefore = this.#spent;
    this.#spent = new FingerprintSet(maxEntries);
  }

  #has(print: Fingerprint, nowSeconds: number): boolean {
    return this.#spent.has(print, nowSeconds) || this.#spentBefore?.has(print, nowSeconds) === true;
  }

  #refuse(count: number, nowSeconds: number): Error | undefined {
    return this.#spent.room(nowSeconds) < count ? new FullError(`Full: ${this.#options.maxEntries} entries are alive`) : undefined;
  }

  #refuseOwner(owner: Fingerprint, nowSeconds: number): Error | undefined {
    const { maxEntriesPerKey } = this.#options;
    if (this.#quota.count(owner, nowSeconds) < maxEntriesPerKey) return undefined;
    return new QuotaError(`Over quota: one key has ${maxEntriesPerKey} proofs alive`);
  }

  #take(print: Fingerprint, expiresAtSeconds: number, nowSeconds: number): boolean {
    if (this.#spentBefore?.has(print, nowSeconds)) return false;
    const isPast = expiresAtSeconds <= nowSeconds;
    return this.#spent.claim(print, { expiresAtSeconds: isPast ? nowSeconds + minimumRetentionSeconds : expiresAtSeconds, nowSeconds });
  }
}
