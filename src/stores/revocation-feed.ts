/** Revocations in their order, for readers that keep a copy. */

import type { Revocation } from './revocation.ts';

/** How far a reader of a feed has come. */
export interface FeedPosition {
  /** Names the feed's memory: another name from the moment that it may have lost entries, or counts anew. */
  readonly generation: string;
  /** The number of the last entry: they count up by one, without gaps. 0 before the first. */
  readonly sequence: number;
}

/** All that is revoked at a position. */
export interface FeedSnapshot {
  /** Read before the revocations are, so that none falls between the two. */
  readonly position: FeedPosition;
  /** At least everything up to the position that has not expired; what came later may be among it. */
  readonly revocations: Iterable<Revocation> | AsyncIterable<Revocation>;
}

/** A revocation at its place in the order. */
export interface FeedEntry {
  readonly sequence: number;
  readonly revocation: Revocation;
}

/** What came after a position. */
export interface FeedPage {
  /** Where the feed stands: with no entries, that is the position that was asked for, or some were missed. */
  readonly position: FeedPosition;
  /** In order, the first of them right after the position that was asked for; a page may end before the feed does. */
  readonly entries: readonly FeedEntry[];
}

/**
 * Revocations, readable in order: what a mirror is fed by.
 *
 * A mirror takes a snapshot, then reads on from its position. A page that does not join on to what it has (another
 * generation, a gap, entries that were trimmed) sends it back to the snapshot.
 */
export interface RevocationFeed {
  /** Rejects where the feed does not answer, or when the signal aborts. */
  snapshot(signal: AbortSignal): Promise<FeedSnapshot>;
  /**
   * What came after a position: as soon as there is something, else an empty page after `waitSeconds`, which serves as a
   * heartbeat. It never comes back empty at once, and rejects where the feed does not answer or when the signal aborts.
   *
   * A page holds everything that was revoked before it was asked for, as far as one page goes.
   */
  read(after: FeedPosition, options: { readonly waitSeconds: number; readonly signal: AbortSignal }): Promise<FeedPage>;
}
