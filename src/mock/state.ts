/** What the mock servers know: their keys, and what they remember. */

import { generateSigningKey, type SigningKeyPair } from '../authorization/signing-key.ts';
import { memoryGrantStorage, type GrantStorage } from '../authorization/grant.ts';
import { randomBytes } from '../crypto/web.ts';
import { memoryReplayStore } from '../stores/memory-replay-store.ts';
import { memoryRevocation } from '../stores/memory-revocation.ts';
import type { ReplayStore } from '../stores/replay-store.ts';
import type { RevocationSink, RevocationSource } from '../stores/revocation.ts';

/** Who the servers are: the issuer's signing key, and the secret that their nonces are made with. */
export interface Identity {
  readonly signingKey: SigningKeyPair;
  readonly nonceSecret: Uint8Array;
}

/** One memory for the authorization server and all replicas. */
export interface State {
  readonly replayStore: ReplayStore;
  readonly revocation: RevocationSource & RevocationSink;
  readonly grants: GrantStorage;
  /** Who the servers are: made at the first call, then the same. */
  identity(): Promise<Identity>;
  /** A new nonce secret: every nonce that is out is dead. */
  renewNonceSecret(): Promise<void>;
  /** Forgets everything, the keys too. */
  clear(): Promise<void>;
}

/** A new identity; the private key cannot be exported. */
export async function newIdentity(): Promise<Identity> {
  return { signingKey: await generateSigningKey(), nonceSecret: randomBytes(32) };
}

/** A state that ends with the page or the process. */
export function memoryState(nowSeconds: () => number): State {
  const remember = () => ({
    replayStore: memoryReplayStore({ nowSeconds }),
    revocation: memoryRevocation({ nowSeconds }),
    grants: memoryGrantStorage({ nowSeconds }),
  });
  let memory = remember();
  let identity: Promise<Identity> | undefined;
  return {
    replayStore: { claim: (key, expiresAtSeconds) => memory.replayStore.claim(key, expiresAtSeconds) },
    revocation: { check: (token) => memory.revocation.check(token), revoke: (token) => memory.revocation.revoke(token) },
    grants: { get: (id) => memory.grants.get(id), put: (id, grant) => memory.grants.put(id, grant) },
    identity: () => (identity ??= newIdentity()),
    async renewNonceSecret() {
      identity = Promise.resolve({ ...(await this.identity()), nonceSecret: randomBytes(32) });
    },
    async clear() {
      memory = remember();
      identity = undefined;
    },
  };
}

/** The same state, except that it rejects while `isDown` says so. */
export function failingState(state: State, isDown: () => boolean): Pick<State, 'replayStore' | 'revocation' | 'grants'> {
  const reach = <T>(store: T): T => {
    if (isDown()) throw new Error('The store is down');
    return store;
  };
  return {
    replayStore: { claim: async (key, expiresAtSeconds) => reach(state.replayStore).claim(key, expiresAtSeconds) },
    revocation: {
      check: async (token) => reach(state.revocation).check(token),
      revoke: async (token) => reach(state.revocation).revoke(token),
    },
    grants: { get: async (id) => reach(state.grants).get(id), put: async (id, grant) => reach(state.grants).put(id, grant) },
  };
}
