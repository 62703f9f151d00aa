/** The access token: who signed it, and whether it is one for this server (step 6). */

import { compactVerify } from 'jose';
import { digest } from '../crypto/web.ts';
import { decodeBase64url } from '../protocol/base64url.ts';
import { fromUtf8 } from '../protocol/bytes.ts';
import { parseJsonObject, type JsonObject } from '../protocol/json.ts';
import { accessTokenHash, type ParsedProof } from '../protocol/proof.ts';
import { readClaims, type AccessTokenClaims } from './claims.ts';
import { decryptToken, isEncrypted, type DecryptionOptions } from './decryption.ts';
import type { DenyCode } from './denials.ts';
import { mediaType, type Issuer } from './issuers.ts';

/** A token whose signature, issuer, audience, type and claims are verified; not yet its times and its binding. */
export interface VerifiedToken {
  readonly claims: AccessTokenClaims;
  /** Whether its content was hidden from whoever carries it. */
  readonly encrypted: boolean;
}

/** What tokens are verified by. */
export interface TokenTerms {
  readonly issuers: ReadonlyMap<string, Issuer>;
  readonly decryption: DecryptionOptions | undefined;
}

/** The proof was made for this access token (RFC 9449 §4.3 (12)). Both hashes are public: no constant time is needed. */
export async function checkTokenHash({ claims }: ParsedProof, accessToken: string): Promise<DenyCode | undefined> {
  return claims.ath === (await accessTokenHash(accessToken, digest)) ? undefined : 'proof_token_mismatch';
}

/**
 * Verifies an access token (RFC 9068 §4): decrypts it where it is encrypted, finds the issuer that it names and that
 * issuer's key, checks the signature, and only then the type and the claims.
 *
 * @throws where the key source does not answer.
 */
export async function verifyToken(accessToken: string, terms: TokenTerms): Promise<VerifiedToken | DenyCode> {
  const encrypted = isEncrypted(accessToken);
  if (!encrypted && terms.decryption?.required) return 'token_not_for_this_server';
  const signed = encrypted ? terms.decryption && (await decryptToken(accessToken, terms.decryption)) : accessToken;
  const token = signed === undefined ? undefined : parseToken(signed);
  if (!token) return 'bad_access_token_signature';
  const issuer = terms.issuers.get(token.payload.iss as string);
  if (!issuer) return 'token_not_for_this_server';
  if (!(await isSignedBy(issuer, token))) return 'bad_access_token_signature';
  const claims = isTokenType(token.header.typ, issuer) ? readClaims(token.payload, issuer) : undefined;
  return claims ? { claims, encrypted } : 'token_not_for_this_server';
}

interface ParsedToken {
  readonly compact: string;
  readonly header: JsonObject;
  readonly payload: JsonObject;
}

// Strict, so that this verifier and no other reads one token in two ways: canonical base64url, no name twice.
function parseToken(compact: string): ParsedToken | undefined {
  const segments = compact.split('.').map(decodeBase64url);
  if (segments.length !== 3 || !segments[2]) return undefined;
  const [header, payload] = segments.slice(0, 2).map((bytes) => parseJsonObject((bytes && fromUtf8(bytes)) ?? ''));
  return header && payload && { compact, header, payload };
}

// `crit` is refused as a whole: no extension is understood here, and `b64` would sign other bytes (RFC 7797 §7).
async function isSignedBy(issuer: Issuer, { compact, header }: ParsedToken): Promise<boolean> {
  if ('crit' in header || !issuer.algorithms.includes(header.alg as string)) return false;
  for (const key of await issuer.findKeys(header)) {
    const isVerified = await compactVerify(compact, key, { algorithms: [...issuer.algorithms] }).then(() => true, () => false);
    if (isVerified) return true;
  }
  return false;
}

function isTokenType(typ: unknown, { tokenTypes }: Issuer): boolean {
  return typeof typ === 'string' && tokenTypes.includes(mediaType(typ));
}
