/** What both servers check of a proof, each check alone; the servers put them in order. */

import { platform } from '../crypto/platform.ts';
import type { VerificationKey } from '../crypto/port.ts';
import { andThen, type Eventual } from '../protocol/eventual.ts';
import type { ParsedProof, ProofHead } from '../protocol/proof.ts';
import { normaliseTargetUri } from '../protocol/target-uri.ts';
import type { Claim, Spending, SpendOutcome } from '../stores/replay-store.ts';
import type { TokenIdentity } from '../stores/revocation.ts';
import type { LiveNonce, NonceIssuer } from './nonce.ts';
import type { GuardedReplayStore } from './store-guard.ts';

/** Why a proof is refused. Malformed ones never get this far. */
export type ProofDenyCode =
  | 'malformed_proof'
  | 'method_mismatch'
  | 'uri_mismatch'
  | 'bad_or_missing_nonce'
  | 'proof_expired'
  | 'proof_not_yet_valid'
  | 'bad_proof_signature'
  | 'proof_replayed';

/** The clock that freshness is judged by, all in seconds. */
export interface ProofClock {
  readonly nowSeconds: number;
  readonly maxAgeSeconds: number;
  readonly clockToleranceSeconds: number;
  /** How long the replay store may take. */
  readonly storeTimeoutSeconds: number;
}

/** How long a fresh proof stays acceptable: until then it must be remembered. */
export interface Freshness {
  readonly expiresAtSeconds: number;
  /** When the proof's nonce dies; absent where no nonce is demanded. */
  readonly nonceExpiresAtSeconds?: number | undefined;
  /** The epoch of the replay store that this holds in, where it has one. */
  readonly epoch?: string | undefined;
}

/** What a server demands of proofs, and where it remembers them. */
export interface FirstUseTerms {
  readonly nonces: Pick<NonceIssuer, 'check' | 'singleUse'> | undefined;
  readonly replayStore: GuardedReplayStore;
  /** The time now, and what it is judged by. */
  readonly clock: () => ProofClock;
}

/** `htm` is the method, letter by letter (RFC 9449 §4.3 (8), RFC 9110 §9.1). */
export function checkMethod(proof: ParsedProof, method: string): ProofDenyCode | undefined {
  return proof.claims.htm === method ? undefined : 'method_mismatch';
}

/**
 * `htu` is the URL that the client called, both normalised, query and fragment ignored (RFC 9449 §4.3 (9)).
 *
 * @param url in its normal form, which is what most clients write; undefined for what is no URL.
 */
export function checkUri({ claims: { htu } }: ParsedProof, url: string | undefined): ProofDenyCode | undefined {
  return url !== undefined && (htu === url || normaliseTargetUri(htu) === url) ? undefined : 'uri_mismatch';
}

/**
 * The proof is young (RFC 9449 §4.3 (10), (11)). Where nonces are demanded, the nonce is ours and alive, and its time
 * stands in for `iat`, so that a client with a wrong clock still works; a proof without one is refused (§11.3). Else
 * `iat` lies in the window, and two tolerances after the birth of the replay store. An `exp` or `nbf` of its own counts
 * as in any JWT (RFC 7519 §4.1.4, §4.1.5), but where nonces are demanded, at the time of `iat`: all three are by the
 * client's clock, and when the proof ends, its nonce says.
 *
 * @throws where nobody can tell: the store's own error, or one that says that the store is too young.
 */
export function checkFreshness(proof: ParsedProof, { nonces, replayStore, clock: read }: FirstUseTerms): Eventual<ProofDenyCode | Freshness> {
  const clock = read();
  const code = checkOwnTimes(proof, nonces ? proof.claims.iat : clock.nowSeconds, clock);
  if (code) return code;
  return nonces ? checkNonce(proof, nonces, clock) : checkAge(proof, replayStore, clock);
}

function checkOwnTimes({ claims: { exp, nbf } }: ParsedProof, nowSeconds: number, { clockToleranceSeconds }: ProofClock): ProofDenyCode | undefined {
  if (exp !== undefined && nowSeconds >= exp + clockToleranceSeconds) return 'proof_expired';
  if (nbf !== undefined && nowSeconds < nbf - clockToleranceSeconds) return 'proof_not_yet_valid';
  return undefined;
}

function checkNonce({ claims: { nonce } }: ParsedProof, nonces: Pick<NonceIssuer, 'check'>, clock: ProofClock): Eventual<ProofDenyCode | Freshness> {
  return nonce === undefined ? 'bad_or_missing_nonce' : andThen(nonces.check(nonce, clock), freshnessOf);
}

function freshnessOf(nonce: LiveNonce | undefined): ProofDenyCode | Freshness {
  if (!nonce) return 'bad_or_missing_nonce';
  const { expiresAtSeconds, epoch } = nonce;
  return { expiresAtSeconds, nonceExpiresAtSeconds: expiresAtSeconds, epoch };
}

async function checkAge({ claims: { iat } }: ParsedProof, store: GuardedReplayStore, clock: ProofClock): Promise<ProofDenyCode | Freshness> {
  const { nowSeconds, maxAgeSeconds, clockToleranceSeconds } = clock;
  const expiresAtSeconds = iat + maxAgeSeconds + clockToleranceSeconds;
  if (iat > nowSeconds + clockToleranceSeconds) return 'proof_not_yet_valid';
  if (nowSeconds > expiresAtSeconds) return 'proof_expired';
  // The epoch first: a birth that is younger than it refuses too much, never too little.
  const epoch = await store.epoch?.();
  const bornAtSeconds = await store.bornAtSeconds?.();
  // What was spent before the birth may be from the near future: by a client ahead of a process that was ahead of us.
  if (bornAtSeconds !== undefined && iat <= bornAtSeconds + 2 * clockToleranceSeconds) {
    throw new Error('The replay store is younger than the proof: whether it was used before cannot be told');
  }
  return { expiresAtSeconds, epoch };
}

/** The proof is signed by the key that it shows (RFC 9449 §4.3 (6)). */
export function checkSignature({ signature, signingInput }: ParsedProof, key: Eventual<VerificationKey | undefined>): Eventual<ProofDenyCode | undefined> {
  const isSigned = andThen(key, (shown) => shown?.verify(signature, signingInput) ?? false);
  // Nothing but `true` is a good signature, whatever a platform may give.
  return andThen(isSigned, (is: unknown) => (is === true ? undefined : 'bad_proof_signature'));
}

/** The key that a proof shows, ready to verify; undefined where it is none. */
export function importKey({ alg, jwk }: ProofHead): Eventual<VerificationKey | undefined> {
  return platform.importJwk(alg, jwk);
}

/** Who spends, and what is known of the request by now. */
export interface Spender {
  readonly jkt: string;
  readonly freshness: Freshness;
  /** The access token, where the replay store is to say whether it is revoked. */
  readonly token?: TokenIdentity;
}

/**
 * Spends the proof, and its nonce where nonces are for single use (RFC 9449 §11.1): the last check of all, because
 * whatever is claimed here is gone. The clock is read anew for it: a proof that has died since step 5, while keys were
 * fetched or stores asked, is refused, because what it spent may be forgotten by now.
 *
 * @throws whatever the store rejects with.
 */
export function claimProof(proof: ParsedProof, { jkt, freshness }: Spender, terms: FirstUseTerms): Eventual<ProofDenyCode | undefined> {
  return andThen(claimProofOfToken(proof, { jkt, freshness }, terms), (code) => {
    if (code === 'token_revoked') throw new TypeError('replayStore.spend says that a token is revoked, but was given none');
    return code;
  });
}

/** As {@link claimProof}, for a store that looks up at the same time whether the token is revoked. */
export function claimProofOfToken(
  { claims: { jti, nonce } }: ParsedProof,
  { jkt, freshness: { expiresAtSeconds, nonceExpiresAtSeconds, epoch }, token }: Spender,
  { nonces, replayStore, clock }: FirstUseTerms,
): Eventual<ProofDenyCode | 'token_revoked' | undefined> {
  const time = clock();
  if (time.nowSeconds > expiresAtSeconds) return nonces ? 'bad_or_missing_nonce' : 'proof_expired';
  const proofClaim = claimOf('proof', jkt, jti, retainUntil(expiresAtSeconds, time));
  const nonceClaim = nonces?.singleUse ? claimOf('nonce', '', nonce!, retainUntil(nonceExpiresAtSeconds!, time)) : undefined;
  return andThen(proofClaim, (proof) =>
    andThen(nonceClaim, (once) => {
      if (!replayStore.spend) return claimInTurn(proof, once, replayStore);
      const spending: { -readonly [Member in keyof Spending]: Spending[Member] } = { proof, jkt };
      if (once) spending.nonce = once;
      if (epoch !== undefined) spending.epoch = epoch;
      if (token) spending.token = token;
      return andThen(replayStore.spend(spending), (outcome) => codeOf(outcome, nonces !== undefined));
    }),
  );
}

// As long as any replica may still take it: one whose clock is behind by the tolerance, and whose claim comes late.
function retainUntil(expiresAtSeconds: number, { clockToleranceSeconds, storeTimeoutSeconds }: ProofClock): number {
  return expiresAtSeconds + clockToleranceSeconds + storeTimeoutSeconds + 1;
}

async function claimInTurn(proof: Claim, nonce: Claim | undefined, store: GuardedReplayStore): Promise<ProofDenyCode | undefined> {
  if (!(await store.claim(proof.key, proof.expiresAtSeconds))) return 'proof_replayed';
  if (!nonce) return undefined;
  return (await store.claim(nonce.key, nonce.expiresAtSeconds)) ? undefined : 'bad_or_missing_nonce';
}

function codeOf(outcome: SpendOutcome, hasNonces: boolean): ProofDenyCode | 'token_revoked' | undefined {
  if (outcome === 'spent') return undefined;
  if (outcome === 'nonce_reused') return 'bad_or_missing_nonce';
  if (outcome !== 'epoch_changed') return outcome;
  // The memory was lost since the nonce was checked: the next one is of the new epoch.
  if (hasNonces) return 'bad_or_missing_nonce';
  throw new Error('The replay store was lost meanwhile: whether the proof was used before cannot be told');
}

// 132 bits of a hash: as short for a huge jti as for a small one, and one client cannot burn another's.
function claimOf(kind: string, jkt: string, id: string, expiresAtSeconds: number): Eventual<Claim> {
  return andThen(platform.hashText(`${jkt}\0${id}`), (hash) => ({ key: `${kind}:${hash.slice(0, 22)}`, expiresAtSeconds }));
}
