/** The options that both servers have, read in one way: a server that is set up wrongly never starts. */

import { isProofAlgorithm } from '../protocol/algorithms.ts';
import { readNumber } from '../stores/options.ts';
import { NonceIssuer, type NoncePolicy, type NonceRole } from './nonce.ts';
import type { ProofClock } from './proof-check.ts';
import type { GuardedReplayStore } from './store-guard.ts';

/** The clock options of both servers. */
export interface ClockOptions {
  readonly maxAgeSeconds?: number;
  readonly clockToleranceSeconds?: number;
  readonly storeTimeoutSeconds?: number;
}

/** What a proof's freshness is judged by, but for the time itself. @throws TypeError where a number is out of range. */
export function readClockTerms(options: ClockOptions): Omit<ProofClock, 'nowSeconds'> {
  return {
    maxAgeSeconds: readNumber(options, 'maxAgeSeconds', { fallback: 60, min: 1, max: 86_400 }),
    clockToleranceSeconds: readNumber(options, 'clockToleranceSeconds', { fallback: 10, min: 0, max: 300 }),
    storeTimeoutSeconds: readNumber(options, 'storeTimeoutSeconds', { fallback: 1, min: 0.001, max: 60 }),
  };
}

/** The clock that freshness is judged by. */
export function startProofClock(nowSeconds: () => number, terms: ReturnType<typeof readClockTerms>): () => ProofClock {
  const { maxAgeSeconds, clockToleranceSeconds, storeTimeoutSeconds } = terms;
  return () => ({ nowSeconds: nowSeconds(), maxAgeSeconds, clockToleranceSeconds, storeTimeoutSeconds });
}

/** The proof algorithms, by default Ed25519, EdDSA and ES256. @throws TypeError where one is unknown, or none is left. */
export function readProofAlgorithms(names: readonly string[] = ['Ed25519', 'EdDSA', 'ES256']): readonly string[] {
  if (Array.isArray(names) && names.length && names.every(isProofAlgorithm)) return [...names];
  throw new TypeError('proofAlgorithms must list some of Ed25519, EdDSA, ES256, RS256 and PS256');
}

/**
 * The nonces of a role; undefined for the policy `none`.
 *
 * @throws TypeError for an unknown policy, and where the store is shared but the secret is not: replicas would refuse each
 * other's nonces, one request in two.
 */
export function readNonces(nonce: NoncePolicy = { policy: 'window' }, role: NonceRole, store: GuardedReplayStore): NonceIssuer | undefined {
  if (!['none', 'window', 'single-use'].includes(nonce?.policy)) {
    throw new TypeError("nonce.policy must be 'none', 'window' or 'single-use'");
  }
  if (nonce.policy === 'none') return undefined;
  if (store.shared && nonce.secret === undefined) {
    throw new TypeError('nonce.secret is needed where the replay store is shared: every replica checks every nonce');
  }
  return new NonceIssuer(nonce, role, store);
}
