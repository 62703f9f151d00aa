/** One memory for a fleet: spent proofs, spent nonces and revocations in the Redis that people already run. */

import { givenOptions, readClock, readNumber } from '../stores/options.ts';
import type { ReplayStore } from '../stores/replay-store.ts';
import type { RevocationFeed } from '../stores/revocation-feed.ts';
import type { RevocationSink, RevocationSource } from '../stores/revocation.ts';
import { commandSender, type RedisClient, type RedisCommandReport } from './client.ts';
import { minStoreTimeoutSeconds } from './clock.ts';
import { Epochs } from './epochs.ts';
import { redisReplayStore } from './redis-replay-store.ts';
import { redisRevocationFeed } from './redis-revocation-feed.ts';
import { redisRevocation } from './redis-revocation.ts';
import { createShards } from './shards.ts';

/** What {@link redisStores} takes beside the client. All replicas must have the same `prefix` and `shards`. */
export interface RedisStoresOptions {
  /** What all keys begin with, without braces. Default: `keybound:`. */
  readonly prefix?: string;
  /**
   * How many hash slots of a cluster the keys are spread over, 1 to 1024: some eight for each primary. A change forgets
   * what is spent (every client gets one new nonce) and revoked. Default: 1.
   */
  readonly shards?: number;
  /**
   * How many proofs one key may spend in each shard, in a window that is at least as long as any of them is kept (100
   * seconds by default, or twice that, …), so that no client can fill Redis alone. At most twice as many are alive,
   * whatever the age of the proofs. 1 to 1,000,000,000; default: 1000.
   */
  readonly maxEntriesPerKey?: number;
  /**
   * How long a command may take before it counts as failed: 0.001 to 30.2, and at most half of the servers'
   * `storeTimeoutSeconds` + 0.2, or they do not start. Default: 0.5.
   */
  readonly operationTimeoutSeconds?: number;
  /**
   * How old a reading of the epoch may be. An old one lets no spent proof pass, but a replica that has seen no request
   * since a flush refuses new nonces for that long. 0 (each time anew) to 3600; default: 0.5.
   */
  readonly epochLifetimeSeconds?: number;
  /** How often a mirror asks the feed for news: its delay, 0.001 to 60. Default: 0.1. */
  readonly feedPollSeconds?: number;
  /**
   * How many replicas of each primary must have a revocation before `revoke` resolves; fewer within two seconds, and it
   * rejects. It asks them by WAIT, which holds up the connection for 0.1 seconds at most. 0 to 1000; default: 0.
   */
  readonly acknowledgingReplicas?: number;
  /** Told of every command, for metrics: how long it took, and what went wrong. What it throws is dropped. Default: nobody. */
  readonly onCommand?: (report: RedisCommandReport) => void;
  /** The clock, in seconds since 1970. Default: the system's. */
  readonly nowSeconds?: () => number;
}

/** The stores of a fleet: give the same ones to every replica, and one nonce secret with them. */
export interface RedisStores {
  readonly replayStore: ReplayStore;
  /** Direct: given to a verifier beside `replayStore`, what is revoked is looked up in the round trip that spends. */
  readonly revocation: RevocationSource & RevocationSink;
  /** For mirrors in the verifiers' own memory. */
  readonly revocationFeed: RevocationFeed;
  /**
   * Resolves when Redis answers and is set up well: worth awaiting before a server listens. The same is checked later on.
   *
   * @throws RedisStoreError which says by its `code` what is wrong: `eviction-policy`, `not-primary`, `unreachable`, …
   */
  ready(): Promise<void>;
}

/**
 * Stores in Redis, over a connected client of the `redis` or the `ioredis` package, to one server or to a cluster.
 *
 * One script spends all of a request in one operation (RFC 9449 §11.1), and only under the epoch that the request was
 * judged by: after a flush, a restart, a failover, a step of Redis' clock or a step back of the verifier's own, that is
 * another one, and proofs from before are asked for a new nonce. A server that does not answer in time, is full, or is no
 * primary makes everything reject with a RedisStoreError, which the verifier answers with 503; nothing needs a restart
 * when it is back.
 *
 * What they cannot do: a revocation that Redis lost (a flush, a failover ahead of replication) is gone until it is
 * written again; and where no nonces are demanded, a primary that was cut off and a new one each let a proof pass. Not
 * limited: how many keys there are.
 *
 * @throws TypeError where the client is of neither package, or an option is out of its range.
 */
export function redisStores(client: RedisClient, options: RedisStoresOptions = {}): RedisStores {
  const given = givenOptions(options);
  const nowSeconds = readClock(given);
  const operationTimeoutSeconds = readNumber(given, 'operationTimeoutSeconds', { fallback: 0.5, min: 0.001, max: 30.2 });
  const pollSeconds = readNumber(given, 'feedPollSeconds', { fallback: 0.1, min: 0.001, max: 60 });
  const lifetimeSeconds = readNumber(given, 'epochLifetimeSeconds', { fallback: 0.5, min: 0, max: 3600 });
  const acknowledgingReplicas = readNumber(given, 'acknowledgingReplicas', { fallback: 0, min: 0, max: 1000, isWhole: true });
  const maxEntriesPerKey = readNumber(given, 'maxEntriesPerKey', { fallback: 1000, min: 1, max: 1e9, isWhole: true });
  const shards = createShards(given.prefix ?? 'keybound:', given.shards ?? 1);
  const send = commandSender(client, { operationTimeoutSeconds, onCommand: given.onCommand });
  const epochs = new Epochs({ send, shards, lifetimeSeconds, operationTimeoutSeconds, nowSeconds });
  const revocation = redisRevocation({ send, shards, epochs, nowSeconds, acknowledgingReplicas });
  const replayStore = redisReplayStore({ send, shards, epochs, revocation, maxEntriesPerKey, nowSeconds });
  return {
    replayStore: { ...replayStore, minTimeoutSeconds: minStoreTimeoutSeconds(operationTimeoutSeconds) },
    revocation,
    revocationFeed: redisRevocationFeed({ send, shards, nowSeconds, pollSeconds }),
    ready: async () => void (await epochs.name()),
  };
}
