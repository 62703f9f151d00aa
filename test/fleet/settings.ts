/** How the replicas of the fleet test are set up. */

import type { JSONWebKeySet } from 'jose';

export interface VerifierSettings {
  readonly client: 'node-redis' | 'ioredis';
  readonly redisPort: number;
  readonly issuer: string;
  readonly audience: string;
  readonly keys: JSONWebKeySet;
  readonly secret: string;
}

/**
 * The resource servers of the process, by the first part of the path: `mirrored` is `window` with a mirror, `brief` is
 * `window` with nonces that live for two seconds, so that what is spent is forgotten while a test looks on.
 */
export const policies = ['window', 'single-use', 'none', 'mirrored', 'brief'] as const;

/** How long nonces live under `brief`, in seconds. */
export const briefSeconds = 2;

/** What a replica is told while it runs; it answers with the same. */
export interface ClockMessage {
  /** How far ahead of the machine's its clock is from now on. */
  readonly clockAheadSeconds: number;
}

/** What all replicas are called by clients. */
export const publicUrl = 'https://api.example.com';

/** How far clocks may differ here: under the policy `none`, clients wait for twice as long after a loss. */
export const clockToleranceSeconds = 2;

export type Policy = (typeof policies)[number];

/** As the options of `redisStores`: their defaults. */
export const operationTimeoutSeconds = 0.5;
export const epochLifetimeSeconds = 0.5;
