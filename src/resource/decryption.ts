/** Encrypted access tokens: a signed token inside a JWE (RFC 7519 §5.2, RFC 9068 §4). */

import { compactDecrypt, type CryptoKey, type JWEHeaderParameters, type JWK, type JSONWebKeySet } from 'jose';
import { decodeBase64url } from '../protocol/base64url.ts';
import { fromUtf8 } from '../protocol/bytes.ts';
import { parseJsonObject } from '../protocol/json.ts';

/** A key that opens tokens: private, or shared with the issuer (`dir`). */
export type DecryptionKey = CryptoKey | JWK | Uint8Array;

/** How encrypted access tokens are opened. */
export interface DecryptionOptions {
  /**
   * The keys: a set of private or symmetric JWKs (where both header and key have a `kid`, they must be equal), or a
   * function from the JWE header, which nothing vouches for yet, to a key; undefined where there is none.
   */
  readonly keys:
    | JSONWebKeySet
    | ((header: JWEHeaderParameters) => DecryptionKey | undefined | Promise<DecryptionKey | undefined>);
  /** Whether all other tokens are refused, those that are signed only and opaque ones (RFC 9068 §4). Default: false. */
  readonly required?: boolean;
}

// A limit of 0 refuses `zip`.
const decryptOptions = {
  keyManagementAlgorithms: ['dir', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW', 'RSA-OAEP-256'],
  contentEncryptionAlgorithms: ['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512'],
  maxDecompressedLength: 0,
};

/** Whether a token has the five segments of a JWE (RFC 7516 §7.1). */
export function isEncrypted(token: string): boolean {
  return token.split('.').length === 5;
}

/**
 * The token inside a JWE, or undefined where none of the keys opens it, or where it uses an algorithm off the list,
 * passwords (PBES2) or compression (`zip`), which could make a small token large. What is inside is not verified here.
 *
 * @throws whatever a key function throws.
 */
export async function decryptToken(token: string, { keys }: DecryptionOptions): Promise<string | undefined> {
  const header = readHeader(token);
  if (!header) return undefined;
  for (const key of await findKeys(header, keys)) {
    const opened = await compactDecrypt(token, key, decryptOptions).catch(() => undefined);
    if (opened) return fromUtf8(opened.plaintext);
  }
  return undefined;
}

async function findKeys(header: JWEHeaderParameters, keys: DecryptionOptions['keys']): Promise<readonly DecryptionKey[]> {
  if (typeof keys !== 'function') return keys.keys.filter(({ kid }) => !kid || !header.kid || kid === header.kid);
  const key = await keys(header);
  return key ? [key] : [];
}

function readHeader(token: string): JWEHeaderParameters | undefined {
  const bytes = decodeBase64url(token.slice(0, token.indexOf('.')));
  const text = bytes && fromUtf8(bytes);
  return text === undefined ? undefined : parseJsonObject(text);
}
