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

/** The resource servers of the process, by the first part of the path: `mirrored` is `window` with a mirror. */
export const policies = ['window', 'single-use', 'none', 'mirrored'] as const;

/** What all replicas are called by clients. */
export const publicUrl = 'https://api.example.com';

/** How far clocks may differ here: under the policy `none`, clients wait for twice as long after a loss. */
export const clockToleranceSeconds = 2;

export type Policy = (typeof policies)[number];

/** As the options of `redisStores`: their defaults. */
export const operationTimeoutSeconds = 0.5;
export const epochLifetimeSeconds = 0.5;
