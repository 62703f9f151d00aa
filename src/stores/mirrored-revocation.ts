/** A copy of what is revoked in the verifier's own memory, never older than it says. */

import type { FeedPage, FeedPosition, RevocationFeed } from './revocation-feed.ts';
import { givenOptions, hasMethods, readClock, readNumber } from './options.ts';
import type { Revocation, RevocationSource } from './revocation.ts';
import { RevocationSet } from './revocation-set.ts';
import { neverStarted, startStopwatch } from './stopwatch.ts';

/** What a mirror is fed by, and how old it may be. */
export interface MirroredRevocationOptions {
  readonly source: RevocationFeed;
  /** How far behind the source a mirror may be and still answer: 0.001 to 3600. Default: 10. */
  readonly maxStalenessSeconds?: number;
  /** How many entries it holds, some 200 bytes each. One that is full falls behind, and then rejects. Default: 1,000,000. */
  readonly maxEntries?: number;
  /** The clock, in seconds since 1970. Default: the system's. */
  readonly nowSeconds?: () => number;
}

/** A mirror of a revocation feed. Its methods work detached. */
export interface MirroredRevocation extends RevocationSource {
  /** Resolves when the mirror is up to date for the first time, so that a server may wait before it takes requests. */
  ready(): Promise<void>;
  /** Stops following: from when it is stale on, `check` rejects. */
  close(): void;
}

/**
 * Mirrors a revocation feed: answers from memory, without a round trip, a moment after the source (the time that an
 * entry is on its way). It takes a snapshot, then follows the feed in its order; where it missed something it takes a
 * snapshot again. What it knows to be revoked it never unlearns, even if the source forgets it.
 *
 * A mirror that has heard nothing for `maxStalenessSeconds` rejects, which the verifier answers with 503, and tries
 * again with the next request, at most once a second: it needs no restart.
 *
 * Not promised: that a token is refused at the moment of its revocation. While the feed hangs, that takes up to
 * `maxStalenessSeconds`.
 *
 * @throws TypeError where there is no source, or a number is out of its range.
 */
export function mirroredRevocation(options: MirroredRevocationOptions): MirroredRevocation {
  const given = givenOptions(options);
  const { source, maxEntries = 1_000_000 } = given;
  if (!hasMethods(source, 'snapshot', 'read')) throw new TypeError('source must be a revocation feed');
  const maxStalenessSeconds = readNumber(given, 'maxStalenessSeconds', { fallback: 10, min: 0.001, max: 3600 });
  const nowSeconds = readClock(given);
  const mirror = new Mirror(source, { maxStalenessSeconds, maxEntries, nowSeconds });
  return {
    check: (token) => mirror.run((revoked) => revoked.has(token, nowSeconds())),
    ready: () => mirror.run(() => {}),
    close: () => mirror.close(),
  };
}

type MirrorTerms = Required<Omit<MirroredRevocationOptions, 'source'>>;

const retrySeconds = 1;

class Mirror {
  readonly #source: RevocationFeed;
  readonly #terms: MirrorTerms;
  readonly #revoked: RevocationSet;
  /** How long ago what is here was complete. */
  #age = neverStarted;
  #attempt: Attempt | undefined;
  #sinceAttempt = neverStarted;
  #failure: unknown;
  #isClosed = false;

  constructor(source: RevocationFeed, terms: MirrorTerms) {
    this.#source = source;
    this.#terms = terms;
    this.#revoked = new RevocationSet(terms.maxEntries);
    this.#connect();
  }

  /** Reads from the copy while it is fresh; else waits for the attempt to make it so. */
  async run<T>(read: (revoked: RevocationSet) => T): Promise<T> {
    if (!this.#attempt?.isFollowing || this.#isStuck()) this.#connect();
    if (this.#isStale()) await this.#attempt?.firstSnapshot;
    if (!this.#isStale()) return read(this.#revoked);
    throw new StaleError(`The revocations are older than ${this.#terms.maxStalenessSeconds} s`, { cause: this.#failure });
  }

  close(): void {
    this.#isClosed = true;
    this.#attempt?.end(new Error('The mirror is closed'));
  }

  #isStale(): boolean {
    return this.#age() > this.#terms.maxStalenessSeconds;
  }

  // Neither an end nor a page, for longer than the feed may take.
  #isStuck(): boolean {
    return this.#isStale() && this.#sinceAttempt() > this.#terms.maxStalenessSeconds;
  }

  #connect(): void {
    if (this.#isClosed || this.#sinceAttempt() <= retrySeconds) return;
    this.#attempt?.end(new Error('The feed hangs'));
    this.#attempt = new Attempt(async (signal, onSnapshot) => {
      const position = await this.#takeSnapshot(signal);
      onSnapshot();
      await this.#follow(position, signal);
    }, (failure) => (this.#failure = failure));
  }

  async #takeSnapshot(signal: AbortSignal): Promise<FeedPosition> {
    const sinceAsked = startStopwatch(this.#terms.nowSeconds);
    this.#sinceAttempt = sinceAsked;
    const { position, revocations } = await this.#source.snapshot(signal);
    for await (const revocation of revocations) this.#add(revocation, signal);
    this.#refresh(sinceAsked, signal);
    return position;
  }

  async #follow(from: FeedPosition, signal: AbortSignal): Promise<void> {
    const waitSeconds = this.#terms.maxStalenessSeconds / 4;
    for (let position = from; ; ) {
      const sinceAsked = startStopwatch(this.#terms.nowSeconds);
      const page = await this.#source.read(position, { waitSeconds, signal });
      if (!joinsOn(page, position)) {
        position = await this.#takeUp(signal);
        continue;
      }
      for (const { revocation } of page.entries) this.#add(revocation, signal);
      position = { ...position, sequence: position.sequence + page.entries.length };
      if (position.sequence === page.position.sequence) this.#refresh(sinceAsked, signal);
    }
  }

  // A feed that is never in order is not asked for snapshots without end.
  async #takeUp(signal: AbortSignal): Promise<FeedPosition> {
    if (this.#sinceAttempt() <= retrySeconds) throw new Error('The feed is out of order');
    return this.#takeSnapshot(signal);
  }

  #add(revocation: Revocation, signal: AbortSignal): void {
    signal.throwIfAborted();
    this.#revoked.add(revocation, this.#terms.nowSeconds());
  }

  #refresh(age: () => number, signal: AbortSignal): void {
    signal.throwIfAborted();
    this.#age = age;
  }
}

/** One attempt to follow a feed, until it fails or is ended. */
class Attempt {
  isFollowing = true;
  /** Settles when the copy is up to date, or cannot be. */
  readonly firstSnapshot: Promise<void>;
  readonly #controller = new AbortController();

  constructor(follow: (signal: AbortSignal, onSnapshot: () => void) => Promise<void>, onFailure: (failure: unknown) => void) {
    this.firstSnapshot = new Promise((resolve) => {
      const stop = (failure: unknown) => {
        this.isFollowing = false;
        if (!this.#controller.signal.aborted) onFailure(failure);
        resolve();
      };
      this.#controller.signal.addEventListener('abort', () => resolve());
      follow(this.#controller.signal, resolve).catch(stop);
    });
  }

  end(reason: Error): void {
    this.isFollowing = false;
    this.#controller.abort(reason);
  }
}

// One generation, numbers without a gap, and not empty where there is more.
function joinsOn({ position, entries }: FeedPage, after: FeedPosition): boolean {
  const isInOrder = entries.every(({ sequence }, index) => sequence === after.sequence + 1 + index);
  const isAhead = position.sequence >= after.sequence + entries.length;
  const isWhole = entries.length > 0 || position.sequence === after.sequence;
  return position.generation === after.generation && isInOrder && isAhead && isWhole;
}

/** Thrown where a mirror is too old to answer. */
class StaleError extends Error {
  override readonly name = 'StaleError';
}
