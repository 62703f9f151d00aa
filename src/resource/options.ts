/** The resource server's options, and what they come to once they are checked. */

import { givenOptions, readClock, readFunction, readNumber } from '../stores/options.ts';
import type { ReplayStore } from '../stores/replay-store.ts';
import type { RevocationSource } from '../stores/revocation.ts';
import type { NonceIssuer, NoncePolicy } from '../verifier/nonce.ts';
import { harmless } from '../stores/listener.ts';
import { readClockTerms, readNonces, readProofAlgorithms, startProofClock } from '../verifier/options.ts';
import type { ProofClock } from '../verifier/proof-check.ts';
import type { TokenTerms } from './access-token.ts';
import type { ChallengeTerms } from './decision.ts';
import type { OnDecision } from './decision-event.ts';
import type { DecryptionOptions } from './decryption.ts';
import type { EnvelopeLimits, PublicUrlOf } from './envelope.ts';
import { readIssuers, type TrustedIssuer } from './issuers.ts';
import { readPublicBase } from './public-url.ts';
import { TokenCache } from './token-cache.ts';
import { ProofKeys } from '../verifier/proof-keys.ts';
import { guardReplayStore, guardRevocation, type GuardedReplayStore, type GuardedRevocation } from '../verifier/store-guard.ts';

/** What a resource server is made of. */
export interface ResourceServerOptions {
  /** The authorization servers whose tokens are accepted: at least one. */
  readonly issuers: readonly TrustedIssuer[];
  /**
   * Where spent proofs and nonces are remembered: `memoryReplayStore()` for one process, a shared one for several.
   * There is no default, because a store that the replicas do not share lets one replay per replica pass.
   */
  readonly replayStore: ReplayStore;
  /** What is demanded beside the proof's claims. Default: `{ policy: 'window' }`, nonces good for 60 seconds. */
  readonly nonce?: NoncePolicy;
  /**
   * Where revoked tokens are looked up, after possession of the key is proven. Where it is the replay store's own
   * (`redisStores` gives both), one operation does both. Default: nowhere.
   */
  readonly revocation?: RevocationSource;
  /** The signature algorithms of proofs. Default: Ed25519, EdDSA (its older name) and ES256. */
  readonly proofAlgorithms?: readonly string[];
  /** Tokens sent as Bearer: none, or those that are bound to no key. Default: `refuse` (RFC 9449 §7.2). */
  readonly bearer?: 'refuse' | 'unbound-only';
  /** How old a proof may be by its `iat`, 1 to 86,400; of no effect where nonces are demanded. Default: 60. */
  readonly maxAgeSeconds?: number;
  /**
   * How far clocks may differ, for proofs, nonces and tokens: 0 to 300. Default: 10. Where no nonces are demanded, 5 or more: Keybound's
   * clients take what is less for the network's delay, so that one that is ahead by it would be refused for ever.
   */
  readonly clockToleranceSeconds?: number;
  /** The longest proof, 1 to 1,048,576. Default: 8192. */
  readonly maxProofBytes?: number;
  /** The longest access token, 1 to 1,048,576. Default: 16,384. */
  readonly maxTokenBytes?: number;
  /**
   * How much memory verified access tokens may take, so that a token's signature is checked once and not on every
   * request; 0 to 2^30, and 0 keeps none. It changes no decision. Default: 8 MiB.
   */
  readonly tokenCacheBytes?: number;
  /**
   * How much memory the keys of clients may take that have shown a good token, some 2.5 KiB each: their proofs are read and
   * checked faster. 0 to 2^30, and 0 keeps none. It changes no decision. Default: 8 MiB.
   */
  readonly keyCacheBytes?: number;
  /** Opens encrypted access tokens. Default: they are refused. */
  readonly decryption?: DecryptionOptions;
  /**
   * What clients call, where the request shows another URL: the base, below which the request's path and query lie, or
   * the whole URL of a request; one for which there is none (undefined) is refused. Default: the request's own URL. No
   * `Host` is ever read, and no forwarding header, unless you give `forwardedUrl` here.
   */
  readonly publicUrl?: URL | PublicUrlOf;
  /** How long a store may take before the answer is 503: 0.001 to 60. Default: 1. */
  readonly storeTimeoutSeconds?: number;
  /** Hears of every decision, after it is made: for metrics. What it throws is dropped. Default: nobody. */
  readonly onDecision?: OnDecision;
  /** Fetches key sets, and asks issuers about tokens. Default: the global one, looked up at call time. */
  readonly fetch?: typeof globalThis.fetch;
  /** The clock, in seconds since 1970. Default: the system's. */
  readonly nowSeconds?: () => number;
}

/** Where a server remembers what is spent, and looks up what is revoked. */
export interface Stores {
  readonly replayStore: GuardedReplayStore;
  readonly revocation: GuardedRevocation | undefined;
  /** Whether the replay store looks up what is revoked while it spends, so that nobody else need be asked. */
  readonly spendsRevocation: boolean;
}

/** The options, checked, with every default filled in. */
export interface Settings extends EnvelopeLimits, TokenTerms, Stores {
  readonly proofAlgorithms: readonly string[];
  readonly challenge: ChallengeTerms;
  readonly nonces: NonceIssuer | undefined;
  readonly proofKeys: ProofKeys;
  readonly report: OnDecision | undefined;
  readonly nowSeconds: () => number;
  /** The time, read once for a request, with what it is judged by. */
  readonly clock: () => ProofClock;
}

/** @throws TypeError where an option is missing or out of its range: a verifier that is set up wrongly never starts. */
export function readOptions(given: ResourceServerOptions): Settings {
  const options = givenOptions(given);
  const { bearer = 'refuse', decryption, publicUrl } = options;
  if (bearer !== 'refuse' && bearer !== 'unbound-only') throw new TypeError("bearer must be 'refuse' or 'unbound-only'");
  const nowSeconds = readClock(options);
  const proofAlgorithms = readProofAlgorithms(options.proofAlgorithms);
  const terms = readClockTerms(options);
  const stores = readStores(options, terms.storeTimeoutSeconds);
  return {
    bearer,
    nowSeconds,
    proofAlgorithms,
    decryption: readDecryption(decryption),
    challenge: { algorithms: proofAlgorithms, takesBearer: bearer === 'unbound-only' },
    issuers: readIssuers(options.issuers, { fetch: readFunction(options, 'fetch'), nowSeconds }),
    proofKeys: new ProofKeys(readNumber(options, 'keyCacheBytes', { fallback: 8_388_608, min: 0, max: 2 ** 30, isWhole: true })),
    tokenCache: new TokenCache(readNumber(options, 'tokenCacheBytes', { fallback: 8_388_608, min: 0, max: 2 ** 30, isWhole: true })),
    ...stores,
    report: options.onDecision === undefined ? undefined : harmless(options.onDecision, 'onDecision'),
    nonces: readNonces(options.nonce, 'resource-server', stores.replayStore),
    clock: startProofClock(nowSeconds, terms),
    maxProofBytes: readNumber(options, 'maxProofBytes', { fallback: 8192, min: 1, max: 1_048_576, isWhole: true }),
    maxTokenBytes: readNumber(options, 'maxTokenBytes', { fallback: 16_384, min: 1, max: 1_048_576, isWhole: true }),
    publicUrl: publicUrl === undefined || typeof publicUrl === 'function' ? publicUrl : readPublicBase(publicUrl, 'publicUrl'),
  };
}

/** The stores, guarded. @throws TypeError where one is missing or none, or has too little time. */
export function readStores({ replayStore, revocation }: Pick<ResourceServerOptions, 'replayStore' | 'revocation'>, timeoutSeconds: number): Stores {
  return {
    replayStore: guardReplayStore(replayStore, timeoutSeconds),
    revocation: revocation === undefined ? undefined : guardRevocation(revocation, timeoutSeconds),
    // The very same object, or it is asked by itself: what merely looks alike may know more.
    spendsRevocation: revocation !== undefined && replayStore.spend !== undefined && replayStore.revocation === revocation,
  };
}

function readDecryption(decryption: DecryptionOptions | undefined): DecryptionOptions | undefined {
  if (decryption === undefined) return undefined;
  const keys = decryption?.keys;
  if (typeof keys === 'function' || (Array.isArray(keys?.keys) && keys.keys.length)) return decryption;
  throw new TypeError('decryption.keys must be a JSON Web Key Set that is not empty, or a function');
}
