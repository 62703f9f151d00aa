/** One memory for a fleet: spent proofs, spent nonces and revoked tokens in the Redis that people already run. */

import type { ReplayStore } from '../stores/replay-store.ts';
import type { RevocationSink, RevocationSource } from '../stores/revocation.ts';
import { commandSender, type RedisClient, type SendCommand } from './client.ts';

/** What {@link redisStores} takes beside the client. */
export interface RedisStoresOptions {
  /** What all keys begin with. Default: `keybound:`. */
  readonly prefix?: string;
  /** How long a command may take before it counts as failed. Default: 0.5. */
  readonly operationTimeoutSeconds?: number;
  /** The clock, in seconds since 1970. Default: the system's. */
  readonly nowSeconds?: () => number;
}

/** The stores of a fleet: give the same ones to every replica, and one nonce secret with them. */
export interface RedisStores {
  readonly replayStore: ReplayStore;
  /** By `jti`. */
  readonly revocation: RevocationSource & RevocationSink;
}

/**
 * Stores in Redis, over a connected client of the `redis` or the `ioredis` package.
 *
 * A claim is one atomic `SET … NX`, so of any number of replicas one comes first (RFC 9449 §11.1). A server that does not
 * answer in time makes them reject, which the verifier answers with 503: it never guesses.
 *
 * They do not check how Redis is run, and it matters: under an eviction policy other than `noeviction`, keys that are
 * still needed may be dropped, and after a flush, or a failover that lost writes, spent proofs are good again until they
 * expire by themselves. They speak to one server: no cluster routing, no scripts.
 *
 * @throws TypeError where the client is of neither package, or the time-out is not a positive number.
 */
export function redisStores(client: RedisClient, options: RedisStoresOptions = {}): RedisStores {
  const { prefix = 'keybound:', operationTimeoutSeconds = 0.5, nowSeconds = () => Date.now() / 1000 } = options;
  if (!(operationTimeoutSeconds > 0 && operationTimeoutSeconds < Infinity)) {
    throw new TypeError('operationTimeoutSeconds must be a positive number');
  }
  const send = commandSender(client, operationTimeoutSeconds);
  const revokedKey = (jti: string) => `${prefix}revoked:${jti}`;
  return {
    replayStore: {
      shared: true,
      claim: (key, expiresAtSeconds) => setOnce(send, prefix + key, lifeMilliseconds(expiresAtSeconds - nowSeconds())),
    },
    revocation: {
      check: async ({ jti }) => jti !== undefined && exists(send, revokedKey(jti)),
      async revoke({ jti, expiresAtSeconds }) {
        const life = lifeMilliseconds(expiresAtSeconds + revocationRetentionSeconds - nowSeconds());
        await setOnce(send, revokedKey(jti), life);
      },
    },
  };
}

// A token lives on after its exp for as long as its reader's clock may be behind.
const revocationRetentionSeconds = 300;

// A claimant whose clock is behind ours still has to find what it has spent.
const minimumRetentionSeconds = 120;

function lifeMilliseconds(seconds: number): string {
  return String(Math.ceil((seconds > 0 ? seconds : minimumRetentionSeconds) * 1000));
}

async function setOnce(send: SendCommand, key: string, life: string): Promise<boolean> {
  const reply = await send('SET', key, '1', 'PX', life, 'NX');
  if (reply === 'OK' || reply === null) return reply === 'OK';
  throw new TypeError(`Redis answered SET with ${typeof reply}`);
}

// Some clients are set to give numbers as text. What is neither must not read as "not revoked".
async function exists(send: SendCommand, key: string): Promise<boolean> {
  const reply = await send('EXISTS', key);
  const count = String(reply);
  if (count === '1' || count === '0') return count === '1';
  throw new TypeError(`Redis answered EXISTS with ${typeof reply}`);
}
