/** Public keys as JSON (RFC 7517, RFC 8037): the members that a proof carries, and no other. */

import { proofAlgorithms, type ProofAlgorithm } from './algorithms.ts';
import { decodeBase64url } from './base64url.ts';
import { isJsonObject } from './json.ts';
import { isSmallOrder } from './small-order.ts';

/** A public key reduced to the members that RFC 7638 §3.2 hashes. */
export type PublicJwk =
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string };

const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/**
 * Reads a proof's `jwk` for an algorithm: the public key, or undefined where it does not fit.
 *
 * Refused are private and symmetric keys (RFC 9449 §4.3 (7)), another type or curve than the algorithm's, members that
 * are no canonical base64url of the right length, Ed25519 keys of small order, and RSA keys below 2048 or above 8192 bits
 * or with an odd exponent choice. Not checked here: that an EC point lies on its curve (importing the key does that).
 */
export function readPublicJwk(value: unknown, alg: ProofAlgorithm): PublicJwk | undefined {
  if (!isJsonObject(value) || secretMembers.some((name) => Object.hasOwn(value, name))) return undefined;
  const shape = proofAlgorithms[alg];
  if (value.kty !== shape.kty || ('crv' in shape && value.crv !== shape.crv)) return undefined;
  const { x, y, n, e } = value;
  if (shape.kty === 'OKP') return isBytes(x, 32) && !isSmallOrder(x) ? { kty: 'OKP', crv: 'Ed25519', x } : undefined;
  if (shape.kty === 'EC') return isBytes(x, 32) && isBytes(y, 32) ? { kty: 'EC', crv: 'P-256', x, y } : undefined;
  return isModulus(n) && isExponent(e) ? { kty: 'RSA', n, e } : undefined;
}

function isBytes(value: unknown, length: number): value is string {
  return typeof value === 'string' && decodeBase64url(value)?.length === length;
}

function isModulus(value: unknown): value is string {
  const bytes = typeof value === 'string' ? decodeBase64url(value) : undefined;
  if (!bytes?.[0] || bytes.length > 1024) return false;
  return bytes.length > 256 || (bytes.length === 256 && bytes[0] >= 0x80);
}

// 65537 and its small relatives: a huge exponent makes each verification as dear as an attacker likes.
function isExponent(value: unknown): value is string {
  const bytes = typeof value === 'string' ? decodeBase64url(value) : undefined;
  if (!bytes || bytes.length < 1 || bytes.length > 4 || bytes[0] === 0) return false;
  const exponent = bytes.reduce((total, byte) => total * 256 + byte, 0);
  return exponent >= 3 && exponent % 2 === 1;
}
