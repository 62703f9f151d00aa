/** The proof on a token request: whoever passes holds the key that the token will be bound to (RFC 9449 §5). */

import { digest } from '../crypto/web.ts';
import { accessTokenHash, parseProof, type ParsedProof } from '../protocol/proof.ts';
import { normaliseTargetUri } from '../protocol/target-uri.ts';
import { thumbprint } from '../protocol/thumbprint.ts';
import {
  checkFreshness,
  checkMethod,
  checkSignature,
  checkUri,
  claimProof,
  importKey,
  type Freshness,
  type ProofDenyCode,
} from '../verifier/proof-check.ts';
import { asRefusal, Refusal, refusalResponse, uncacheable, type BindDenyCode } from './refusal.ts';
import type { Settings } from './settings.ts';

/** A token request: a Request, or what an adapter has of it. */
export interface TokenRequest {
  /** The method as it was sent: `htm` is compared with it letter by letter. */
  readonly method: string;
  /** The URL that the client called: `htu` is compared with it. */
  readonly url: string;
  /** Names, in any case, with their values; a header that was sent twice is there twice, or joined by a comma. */
  readonly headers: Headers | Iterable<readonly [string, string]>;
}

/**
 * What `bind` decides: the key to put into the token, or an answer to send instead.
 *
 * `headers` go onto the answer in both cases: the nonce that is due, and `Cache-Control: no-store`.
 */
export type BindDecision =
  | { readonly ok: true; readonly jkt: string; readonly cnf: { readonly jkt: string }; readonly headers: Headers }
  | {
      readonly ok: false;
      readonly code: BindDenyCode;
      readonly status: number;
      readonly headers: Headers;
      /** With `verifier_unavailable`: what a store threw. For the operator's log, never for the caller. */
      readonly cause?: unknown;
      response(): Response;
    };

/** Checks and spends the proof of a token request. Never rejects. */
export async function bind(request: TokenRequest, settings: Settings): Promise<BindDecision> {
  const headers = uncacheable();
  try {
    const { jkt, claim } = await checkProof(request, settings, headers);
    await claim();
    return { ok: true, jkt, cnf: { jkt }, headers };
  } catch (thrown) {
    const refusal = asRefusal(thrown, (cause) => settings.report('bind', cause));
    const response = () => refusalResponse(refusal, headers);
    const answer = { status: refusal.status, headers: response().headers, response };
    return { ok: false, code: refusal.code!, ...answer, ...(refusal !== thrown && { cause: thrown }) };
  }
}

/** A proof that is good, but not spent yet: `claim` spends it, and rejects where it was used before. */
export interface CheckedProof {
  readonly jkt: string;
  claim(): Promise<void>;
}

/**
 * Checks everything about a token request's proof except whether it was used before: `claim` does that, and spends it,
 * so it is the last thing to do. The nonce that is due lands in `headers`.
 *
 * @throws Refusal, and what the store rejects with.
 */
export async function checkProof(request: TokenRequest, settings: Settings, headers: Headers): Promise<CheckedProof> {
  const proof = readProof(readHeader(request, 'dpop'), settings);
  refuse(checkMethod(proof, request.method));
  refuse(checkUri(proof, normaliseTargetUri(request.url)));
  const freshness = await checkFreshness(proof, settings);
  await offerNonce(freshness, settings, headers);
  if (typeof freshness === 'string') throw proofRefusal(freshness);
  await checkTokenHash(proof, readHeader(request, 'authorization'));
  refuse(await checkSignature(proof, importKey(proof)));
  const jkt = await thumbprint(proof.jwk, digest);
  return { jkt, claim: async () => refuse(await claimProof(proof, { jkt, freshness }, settings)) };
}

// Two lines of one header are joined by a comma (RFC 9110 §5.3).
function readHeader({ headers }: TokenRequest, name: string): string | undefined {
  const lines = [...headers].filter(([other]) => other.toLowerCase() === name);
  return lines.length ? lines.map(([, value]) => value).join(', ') : undefined;
}

// Two DPoP headers hold a comma, which no proof contains: not well formed (RFC 9449 §4.3 (1), (2)).
function readProof(header: string | undefined, { maxProofBytes, proofAlgorithms }: Settings): ParsedProof {
  if (header === undefined) throw proofRefusal('proof_missing');
  const proof = header.length <= maxProofBytes ? parseProof(header, proofAlgorithms) : undefined;
  if (!proof) throw proofRefusal('malformed_proof');
  return proof;
}

async function offerNonce(freshness: ProofDenyCode | Freshness, { nonces, clock }: Settings, headers: Headers) {
  const { nowSeconds } = clock();
  const expiry = typeof freshness === 'string' ? undefined : freshness.nonceExpiresAtSeconds;
  if (!nonces || (expiry !== undefined && !nonces.isDue(expiry, nowSeconds))) return;
  headers.set('DPoP-Nonce', await nonces.issue(nowSeconds));
}

// A token request carries no access token, so `ath` says nothing, unless the client sent a token: then it must be its own.
async function checkTokenHash({ claims: { ath } }: ParsedProof, authorization: string | undefined): Promise<void> {
  if (ath === undefined) return;
  const token = authorization?.match(/^(?:dpop|bearer) +([\w.~+/-]+=*)$/i)?.[1];
  if (token === undefined || ath !== (await accessTokenHash(token, digest))) throw proofRefusal('proof_token_mismatch');
}

function refuse(code: ProofDenyCode | undefined): void {
  if (code) throw proofRefusal(code);
}

const descriptions: Record<Exclude<BindDenyCode, 'verifier_unavailable'>, string> = {
  proof_missing: 'The request needs a DPoP proof',
  malformed_proof: 'The DPoP proof is not well formed',
  method_mismatch: 'The DPoP proof is for another method',
  uri_mismatch: 'The DPoP proof is for another URL',
  bad_or_missing_nonce: 'The DPoP proof needs a nonce of this server',
  proof_expired: 'The DPoP proof is too old',
  proof_not_yet_valid: 'The DPoP proof is from the future',
  proof_token_mismatch: 'The DPoP proof names an access token that was not sent',
  bad_proof_signature: 'The signature of the DPoP proof is wrong',
  proof_replayed: 'The DPoP proof was used before',
};

function proofRefusal(code: keyof typeof descriptions): Refusal {
  const error = code === 'bad_or_missing_nonce' ? 'use_dpop_nonce' : 'invalid_dpop_proof';
  return new Refusal(error, descriptions[code], { code });
}
