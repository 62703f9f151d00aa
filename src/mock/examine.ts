/** What one exchange shows of its client's mistakes: the proof is read leniently, so that its fault can be named. */

import { isProofAlgorithm } from '../protocol/algorithms.ts';
import { fromUtf8 } from '../protocol/bytes.ts';
import { isJsonObject, type JsonObject } from '../protocol/json.ts';
import { readPublicJwk } from '../protocol/jwk.ts';
import type { DenyCode } from '../resource/denials.ts';
import type { MistakeCode } from './mistakes.ts';

/** A request with what came of it. */
export interface Examinee {
  readonly server: 'authorization-server' | 'resource-server';
  readonly request: Request;
  /** Why it was refused, where it was and a code says so. */
  readonly code: DenyCode | undefined;
  /** What the servers take. */
  readonly algorithms: readonly string[];
}

/** A proof as far as it can be read: nothing in it need be right. */
export interface LooseProof {
  readonly compact: string;
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

/** The proof of a request, where there is one that can be read. */
export function readLooseProof({ headers }: Request): LooseProof | undefined {
  const compact = headers.get('dpop') ?? '';
  const segments = compact.split('.');
  const [header, claims] = segments.slice(0, 2).map(readSegment);
  return segments.length === 3 && header && claims ? { compact, header, claims } : undefined;
}

function readSegment(segment: string): JsonObject | undefined {
  try {
    const binary = atob(segment.replaceAll('-', '+').replaceAll('_', '/'));
    const value: unknown = JSON.parse(fromUtf8(Uint8Array.from(binary, (character) => character.charCodeAt(0))) ?? '');
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Refusals that a good client meets too: they are mistakes only where the request does not come again, mended. */
export function mendableMistake({ code, algorithms }: Examinee, proof: LooseProof | undefined): MistakeCode | undefined {
  if (code === 'bad_or_missing_nonce') return proof?.claims.nonce === undefined ? 'nonce_not_used' : 'nonce_stale';
  if (code === 'proof_expired' || code === 'proof_not_yet_valid') return isInMilliseconds(proof) ? undefined : 'clock_wrong';
  if (code === 'malformed_proof' && proof && faultOfProof(proof, algorithms) === 'alg_not_taken') return 'alg_not_taken';
  return undefined;
}

/** The mistakes that this exchange shows by itself: why it was refused, and what passed here but is wrong. */
export function plainMistakes(examinee: Examinee, proof: LooseProof | undefined): MistakeCode[] {
  const found = [refusedFor(examinee, proof), ...(proof ? strictFaults(proof) : [])];
  return [...new Set(found.filter((code) => code !== undefined))];
}

// What the verifiers let pass, or do not get to see.
function strictFaults(proof: LooseProof): (MistakeCode | undefined)[] {
  const { jti, htu } = proof.claims;
  return [
    hasPrivateKey(proof) ? 'private_key_in_proof' : undefined,
    typeof htu === 'string' && /[?#]/.test(htu) ? 'htu_with_query' : undefined,
    // Base64url holds six bits in a character: 96 bits need 16.
    typeof jti === 'string' && jti.length < 16 ? 'jti_too_short' : undefined,
    isInMilliseconds(proof) ? 'iat_in_milliseconds' : undefined,
  ];
}

type Refused = Examinee & { readonly proof: LooseProof | undefined };

// What stands as undefined says nothing against the client: a token ages, a store fails, a page asks before the login.
const faults: Record<DenyCode, MistakeCode | undefined | ((refused: Refused) => MistakeCode | undefined)> = {
  missing_credentials: undefined,
  malformed_request: ({ request }) => faultOfRequest(request),
  proof_missing: ({ server }) => (server === 'resource-server' ? 'proof_missing' : 'token_request_without_proof'),
  malformed_proof: faultOfMalformed,
  method_mismatch: ({ request, proof }) =>
    String(proof?.claims.htm).toUpperCase() === request.method.toUpperCase() ? 'htm_in_other_case' : 'htm_of_other_method',
  uri_mismatch: ({ proof }) => (/^https?:\/\//i.test(String(proof?.claims.htu)) ? 'htu_of_other_url' : 'htu_not_absolute'),
  proof_token_mismatch: faultOfTokenHash,
  bad_proof_signature: 'bad_signature',
  proof_key_not_bound_to_token: 'key_of_other_token',
  bearer_downgrade: 'bearer_scheme',
  token_not_for_this_server: 'token_of_other_audience',
  // These are for the referee: it knows what came before, and what comes next.
  bad_or_missing_nonce: undefined,
  proof_expired: undefined,
  proof_not_yet_valid: undefined,
  proof_replayed: undefined,
  bad_access_token_signature: undefined,
  token_expired: undefined,
  token_not_yet_valid: undefined,
  token_revoked: undefined,
  verifier_unavailable: undefined,
};

function refusedFor(examinee: Examinee, proof: LooseProof | undefined): MistakeCode | undefined {
  const fault = examinee.code && faults[examinee.code];
  return typeof fault === 'function' ? fault({ ...examinee, proof }) : fault;
}

function faultOfMalformed({ server, request, algorithms, proof }: Refused): MistakeCode | undefined {
  if (request.headers.get('dpop')?.includes(',')) return 'several_proofs';
  const fault = proof ? faultOfProof(proof, algorithms) : 'not_a_jwt';
  // Beside a token a proof without ath is not well formed.
  if (fault === 'malformed_proof' && server === 'resource-server' && proof?.claims.ath === undefined) return 'ath_missing';
  return fault === 'alg_not_taken' ? undefined : fault;
}

function faultOfTokenHash({ server, request: { headers } }: Refused): MistakeCode {
  return server === 'authorization-server' && !headers.has('authorization') ? 'ath_without_token' : 'ath_of_other_token';
}

function faultOfRequest({ url, headers }: Request): MistakeCode {
  if (headers.get('dpop')?.includes(',')) return 'several_proofs';
  if (new URL(url).searchParams.has('access_token')) return 'token_in_query';
  return headers.has('authorization') ? 'malformed_request' : 'proof_without_token';
}

function faultOfProof(proof: LooseProof, algorithms: readonly string[]): MistakeCode {
  const { typ, alg, jwk } = proof.header;
  if (hasPrivateKey(proof)) return 'private_key_in_proof';
  if (typ !== 'dpop+jwt') return 'typ_wrong';
  if (!isProofAlgorithm(alg) || !algorithms.includes(alg)) return 'alg_not_taken';
  if (!isJsonObject(jwk) || !readPublicJwk(jwk, alg)) return 'alg_not_of_key';
  return hasClaims(proof) ? 'malformed_proof' : 'claims_missing';
}

function hasPrivateKey({ header: { jwk } }: LooseProof): boolean {
  return isJsonObject(jwk) && ['d', 'k'].some((name) => Object.hasOwn(jwk, name));
}

function hasClaims({ claims: { jti, htm, htu, iat, ath, nonce } }: LooseProof): boolean {
  const texts = [jti, htm, htu].every((value) => typeof value === 'string' && value !== '');
  return texts && typeof iat === 'number' && [ath, nonce].every((value) => value === undefined || typeof value === 'string');
}

// 10^11 seconds is the year 5138.
function isInMilliseconds(proof: LooseProof | undefined): boolean {
  const iat = proof?.claims.iat;
  return typeof iat === 'number' && iat > 1e11;
}
