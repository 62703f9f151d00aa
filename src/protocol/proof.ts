/** DPoP proofs (RFC 9449 §4.2): the writer beside the strict reader. */

import { isProofAlgorithm, type ProofAlgorithm } from './algorithms.ts';
import { decodeBase64url, decodeBase64urlText, encodeBase64url } from './base64url.ts';
import { utf8, type Digest } from './bytes.ts';
import { parseJsonObject, type JsonObject } from './json.ts';
import { readPublicJwk, type PublicJwk } from './jwk.ts';
import { rememberLast } from './remember-last.ts';

/** What a proof says about one request. */
export interface ProofClaims {
  /** Unique identifier: at least 96 random bits (RFC 9449 §4.2). */
  readonly jti: string;
  /** The request's method, letter by letter. */
  readonly htm: string;
  /** The request's URL without query and fragment. */
  readonly htu: string;
  /** When the proof was made, in seconds since 1970. */
  readonly iat: number;
  /** base64url of SHA-256 over the access token, where one is sent. */
  readonly ath?: string | undefined;
  /** The server's nonce, where it gave one. */
  readonly nonce?: string | undefined;
  /** When the proof ends, in seconds since 1970, where its client says so: RFC 9449 does not ask for it. */
  readonly exp?: number | undefined;
  /** When it begins, likewise. */
  readonly nbf?: number | undefined;
}

/** What the first segment of a proof says: the same in all proofs of one key. */
export interface ProofHead {
  readonly alg: ProofAlgorithm;
  readonly jwk: PublicJwk;
}

/** A proof that is well formed. Nothing in it is verified yet: neither its signature nor what it claims. */
export interface ParsedProof extends ProofHead {
  /** The first segment, as it came. */
  readonly head: string;
  readonly claims: ProofClaims;
  /** Header and claims as they came: what the signature is over. */
  readonly signingInput: string;
  readonly signature: Uint8Array<ArrayBuffer>;
}

/** The first segment of every proof of one key: made once, kept beside the key. */
export function proofHeader(alg: string, jwk: PublicJwk): string {
  return encodeBase64url(utf8(JSON.stringify({ typ: 'dpop+jwt', alg, jwk })));
}

/** Writes a proof with these claims, and with an identifier that no other proof has: 24 characters of base64url. */
export type WriteProof = (claims: Omit<ProofClaims, 'jti'>, jti: string) => Promise<string>;

/**
 * Makes the writer of proofs with one header segment: claims follow it, and a signature over both (JWS compact
 * serialisation, RFC 7515 §7.1).
 *
 * The last proof's claims are kept, encoded: the next one often differs in its `jti` alone. That stands before them, and
 * fills 33 bytes, so that its base64 ends where theirs begins.
 */
export function proofWriter(header: string, sign: (bytes: Uint8Array<ArrayBuffer>) => Promise<ArrayBuffer>): WriteProof {
  const head = `${header}.`;
  const keep = rememberLast((json: string) => {
    const shared = encodeBase64url(utf8(`,${json.slice(1)}`));
    // With room for the 44 characters that the identifier takes.
    return { shared, bytes: asciiBytes(head + ' '.repeat(44) + shared) };
  });
  return async (claims, jti) => {
    const { shared, bytes } = keep(JSON.stringify(claims));
    const own = encodeBase64url(asciiBytes(`{"jti":"${jti}"`));
    // A copy: whoever signs may read the bytes when the next proof is already being written.
    const signature = await sign(asciiBytes(own, bytes.slice(), head.length));
    return `${head}${own}${shared}.${encodeBase64url(signature)}`;
  };
}

// For short texts, and for what is copied in: done before an encoder has begun.
function asciiBytes(text: string, into = new Uint8Array(text.length), from = 0): Uint8Array<ArrayBuffer> {
  for (let at = 0; at < text.length; at += 1) into[from + at] = text.charCodeAt(at);
  return into;
}

/** The `ath` of an access token: base64url of SHA-256 over its ASCII text (RFC 9449 §4.2). */
export async function accessTokenHash(accessToken: string, digest: Digest): Promise<string> {
  return encodeBase64url(await digest(utf8(accessToken)));
}

/** How long a `jti` may be: enough for any identifier, too short to fill a store with. */
const maxJtiLength = 256;

/**
 * Reads a proof strictly, or gives undefined where it is malformed (RFC 9449 §4.3 (2) to (5), (7)).
 *
 * Checked: three canonical base64url segments, JSON objects without duplicate names, `typ`, an `alg` on the list, no
 * `crit` or `b64`, a public `jwk` that fits `alg`, and the types of all claims. Unknown members pass. Not checked: the
 * signature, and whether the claims fit a request, a token, a nonce or the clock.
 *
 * @param known what is known of a first segment that was read before with the same algorithms.
 */
export function parseProof(
  compact: string,
  algorithms: readonly string[],
  known?: (head: string) => ProofHead | undefined,
): ParsedProof | undefined {
  const [head, payload, last, ...more] = compact.split('.') as [string, ...string[]];
  if (payload === undefined || last === undefined || more.length) return undefined;
  const read = known?.(head) ?? readHead(head, algorithms);
  const claims = read && readClaims(readJsonSegment(payload));
  const signature = claims && decodeBase64url(last);
  if (!signature?.length) return undefined;
  const { alg, jwk } = read!;
  return { head, alg, jwk, claims: claims!, signature, signingInput: compact.slice(0, head.length + 1 + payload.length) };
}

function readHead(segment: string, algorithms: readonly string[]): ProofHead | undefined {
  const header = readJsonSegment(segment) ?? {};
  const { typ, alg } = header;
  if (typ !== 'dpop+jwt' || !isProofAlgorithm(alg) || !algorithms.includes(alg)) return undefined;
  if ('crit' in header || 'b64' in header) return undefined;
  const jwk = readPublicJwk(header.jwk, alg);
  return jwk && { alg, jwk };
}

function readJsonSegment(segment: string) {
  const text = decodeBase64urlText(segment);
  return text === undefined ? undefined : parseJsonObject(text);
}

function readClaims({ jti, htm, htu, iat, ath, nonce, exp, nbf }: JsonObject = {}): ProofClaims | undefined {
  if (typeof jti !== 'string' || jti.length < 1 || jti.length > maxJtiLength) return undefined;
  if (typeof htm !== 'string' || typeof htu !== 'string') return undefined;
  if (!isTime(iat) || iat < 0) return undefined;
  if (!isOptionalString(ath) || !isOptionalString(nonce) || !isOptionalTime(exp) || !isOptionalTime(nbf)) return undefined;
  const claims: { -readonly [Name in keyof ProofClaims]: ProofClaims[Name] } = { jti, htm, htu, iat };
  if (ath !== undefined) claims.ath = ath;
  if (nonce !== undefined) claims.nonce = nonce;
  if (exp !== undefined) claims.exp = exp;
  if (nbf !== undefined) claims.nbf = nbf;
  return claims;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isOptionalTime(value: unknown): value is number | undefined {
  return value === undefined || isTime(value);
}

function isOptionalString(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
