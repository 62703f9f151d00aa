/** The access token: who signed it, and whether it is one for this server (step 6). */

import { compactVerify, type JWK } from 'jose';
import { platform } from '../crypto/platform.ts';
import { isProofAlgorithm } from '../protocol/algorithms.ts';
import { decodeBase64url, decodeBase64urlText } from '../protocol/base64url.ts';
import { andThen, type Eventual } from '../protocol/eventual.ts';
import { parseJsonObject, type JsonObject } from '../protocol/json.ts';
import type { ParsedProof } from '../protocol/proof.ts';
import { boundThumbprint, readClaims, requiredByProfile, type AccessTokenClaims } from './claims.ts';
import { decryptToken, isEncrypted, type DecryptionOptions } from './decryption.ts';
import type { DenyCode } from './denials.ts';
import { mediaType, type Issuer, type Issuers } from './issuers.ts';
import { freezeAndWeigh, type TokenCache } from './token-cache.ts';

/** A token whose signature, issuer, audience, type and claims are verified; not yet its times and its binding. */
export interface VerifiedToken {
  readonly claims: AccessTokenClaims;
  /** Whether its content was hidden from whoever carries it. */
  readonly encrypted: boolean;
}

/** A token that was verified before, and until when that may be believed. */
export interface KnownToken {
  readonly token: VerifiedToken;
  readonly expiresAtSeconds: number;
  /** Whether what vouched for the token still does. Rejects where its key source does not answer. */
  readonly isCurrent: () => Eventual<boolean>;
}

/** What tokens are verified by. */
export interface TokenTerms {
  readonly issuers: Issuers;
  readonly decryption: DecryptionOptions | undefined;
  readonly tokenCache: TokenCache<KnownToken>;
  readonly nowSeconds: () => number;
}

/** The proof that a token came with, and a way to see whether its sender holds any key at all. */
export interface Sender {
  /** The proof, as it came. */
  readonly proof: string;
  /** Whether the proof is signed: looked at before an issuer is asked. */
  readonly check: () => Eventual<DenyCode | undefined>;
}

/** An access token as it came. */
export interface PresentedToken {
  readonly accessToken: string;
  /** The base64url of its SHA-256, which is also what `ath` says. */
  readonly hash: string;
  /** Who sent it. Absent where there is no proof (Bearer). */
  readonly sender?: Sender | undefined;
}

/** The proof was made for this access token (RFC 9449 §4.3 (12)). Both hashes are public: no constant time is needed. */
export function checkTokenHash({ claims }: ParsedProof, hash: string): DenyCode | undefined {
  return claims.ath === hash ? undefined : 'proof_token_mismatch';
}

/**
 * Verifies an access token. A JWT (RFC 9068 §4): decrypts it where it is encrypted, finds the issuer that it names and
 * that issuer's key, checks the signature, and only then the type and the claims. What is no JWT is put to the issuer
 * that answers for opaque tokens (RFC 7662), for senders who can sign. Where encryption is required, nothing but a JWE is
 * looked at.
 *
 * A token that was verified before is known by its hash, until it expires, and only while its issuer's keys, which are
 * asked each time, still hold the one that signed it. Its times, its binding and whether it is revoked are not known so.
 *
 * @throws where the key source or the issuer does not answer.
 */
export function verifyToken(presented: PresentedToken, terms: TokenTerms): Eventual<VerifiedToken | DenyCode> {
  const { decryption, tokenCache, nowSeconds } = terms;
  if (decryption?.required && !isEncrypted(presented.accessToken)) return 'token_not_for_this_server';
  const known = tokenCache.get(presented.hash, nowSeconds());
  if (!known) return verifyNewToken(presented, terms);
  return andThen(known.isCurrent(), (isCurrent: unknown) => (isCurrent === true ? known.token : verifyNewToken(presented, terms)));
}

async function verifyNewToken(presented: PresentedToken, terms: TokenTerms): Promise<VerifiedToken | DenyCode> {
  const { accessToken, hash } = presented;
  const { tokenCache, nowSeconds } = terms;
  const found = await (isOpaque(accessToken) ? verifyOpaque(presented, terms) : verifyJwt(presented, terms));
  if (typeof found === 'string') return found;
  // The claims of one token go to the handlers of many requests: none of them may change what the others see.
  const bytes = freezeAndWeigh(found.token.claims);
  if (found.expiresAtSeconds > nowSeconds()) tokenCache.set(hash, found, bytes);
  return found.token;
}

async function verifyJwt({ accessToken, sender }: PresentedToken, terms: TokenTerms): Promise<KnownToken | DenyCode> {
  const encrypted = isEncrypted(accessToken);
  const signed = encrypted ? terms.decryption && (await decryptToken(accessToken, terms.decryption)) : accessToken;
  const token = signed === undefined ? undefined : parseToken(signed);
  if (!token) return 'bad_access_token_signature';
  const issuer = terms.issuers.byName.get(token.payload.iss as string);
  if (!issuer) return 'token_not_for_this_server';
  const { keySource } = issuer;
  // About the signed token: the encrypted one is for this server, and may be nothing to the issuer's endpoint.
  if (!keySource) return introspect(token.compact, { issuer, sender, payload: token.payload });
  const edition = await keySource.edition?.();
  const key = isSignedAcceptably(token.header, issuer) && (await findSigner(await keySource.find(token.header), token));
  if (!key) return 'bad_access_token_signature';
  const { audience, requiredClaims = requiredByProfile } = issuer;
  const claims = isTokenType(token.header.typ, issuer) ? readClaims(token.payload, { audience, requiredClaims }) : undefined;
  if (!claims) return 'token_not_for_this_server';
  const isStillFound = async () => (await keySource.find(token.header)).includes(key);
  const isCurrent = () => andThen(keySource.edition?.(), (now) => (now !== undefined && now === edition) || isStillFound());
  return { token: { claims, encrypted }, expiresAtSeconds: claims.exp, isCurrent };
}

async function verifyOpaque({ accessToken, sender }: PresentedToken, { issuers }: TokenTerms): Promise<KnownToken | DenyCode> {
  const { ofOpaqueTokens: issuer } = issuers;
  return issuer ? introspect(accessToken, { issuer, sender }) : 'bad_access_token_signature';
}

interface Question extends Pick<PresentedToken, 'sender'> {
  readonly issuer: Issuer;
  /** What the token says itself, where it is a JWT: nobody has checked its signature. */
  readonly payload?: JsonObject;
}

// Of a token that is not active nobody says why (RFC 7662 §2.2): revoked, expired, or never issued. It counts as revoked.
async function introspect(accessToken: string, { issuer, sender, payload }: Question): Promise<KnownToken | DenyCode> {
  const { ask, cacheSeconds } = issuer.introspection!;
  const code = await sender?.check();
  if (code) return code;
  const { claims: answer, askedAtSeconds, ageSeconds } = await ask(accessToken, sender?.proof);
  if (!answer) return 'token_revoked';
  const { audience, requiredClaims = [] } = issuer;
  const claims = readClaims({ iss: issuer.name, ...answer }, { audience, requiredClaims });
  if (claims?.iss !== issuer.name || !isTypeOfBinding(claims) || !keepsBinding(claims, payload)) return 'token_not_for_this_server';
  const expiresAtSeconds = Math.min(claims.exp, askedAtSeconds + cacheSeconds);
  return { token: { claims, encrypted: true }, expiresAtSeconds, isCurrent: () => ageSeconds() < cacheSeconds };
}

// A bound token is of the type DPoP, where the issuer says a type at all (RFC 9449 §6.2); then no other token is.
function isTypeOfBinding({ cnf, token_type: type }: AccessTokenClaims): boolean {
  if (type === undefined) return true;
  const isDpop = typeof type === 'string' && type.toLowerCase() === 'dpop';
  return isDpop === (cnf !== undefined);
}

// A key that a JWT names may not get lost on the way through an endpoint that knows nothing of keys (RFC 9449 §6.2, §7.2).
function keepsBinding(claims: AccessTokenClaims, payload: JsonObject = {}): boolean {
  if (!('cnf' in payload)) return true;
  return 'cnf' in claims && boundThumbprint(claims) === boundThumbprint(payload);
}

// Whatever has neither the three segments of a JWS nor the five of a JWE (RFC 7516 §9).
function isOpaque(accessToken: string): boolean {
  const segments = accessToken.split('.').length;
  return segments !== 3 && segments !== 5;
}

interface ParsedToken {
  readonly compact: string;
  readonly header: JsonObject;
  readonly payload: JsonObject;
  readonly signature: Uint8Array<ArrayBuffer>;
}

// Strict, so that this verifier and no other reads one token in two ways: canonical base64url, no name twice.
function parseToken(compact: string): ParsedToken | undefined {
  const segments = compact.split('.');
  const [header, payload] = segments.slice(0, 2).map((segment) => parseJsonObject(decodeBase64urlText(segment) ?? ''));
  const signature = segments.length === 3 ? decodeBase64url(segments[2]!) : undefined;
  return header && payload && signature && { compact, header, payload, signature };
}

// `crit` is refused as a whole: no extension is understood here, and `b64` would sign other bytes (RFC 7797 §7).
function isSignedAcceptably(header: JsonObject, { algorithms }: Issuer): boolean {
  return !('crit' in header) && algorithms.includes(header.alg as string);
}

async function findSigner(keys: readonly (CryptoKey | JWK)[], token: ParsedToken) {
  for (const key of keys) if (await isSignedBy(key, token)) return key;
  return undefined;
}

// By the platform's own crypto where it knows the algorithm and the key fits it; else jose judges.
function isSignedBy(key: CryptoKey | JWK, { compact, header: { alg }, signature }: ParsedToken): Eventual<boolean> {
  const own = isProofAlgorithm(alg) && key instanceof CryptoKey ? platform.importCryptoKey(alg, key) : undefined;
  if (own) return own.verify(signature, compact.slice(0, compact.lastIndexOf('.')));
  return compactVerify(compact, key, { algorithms: [alg as string] }).then(() => true, () => false);
}

function isTokenType(typ: unknown, { tokenTypes }: Issuer): boolean {
  if (typ === undefined) return tokenTypes.includes(null);
  return typeof typ === 'string' && tokenTypes.includes(mediaType(typ));
}
