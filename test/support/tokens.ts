/** Access tokens for tests, signed by jose as an authorization server would. */

import { CompactEncrypt, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JSONWebKeySet, type JWK } from 'jose';
import { utf8 } from '../../src/protocol/bytes.ts';
import { askForKey } from './ask-for-key.ts';

export interface TokenIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
  readonly jwks: JSONWebKeySet;
  /** A good RFC 9068 token, but for what is bent; undefined removes a member. */
  issue(parts: TokenParts): Promise<string>;
}

export interface TokenParts {
  readonly jkt?: string;
  readonly nowSeconds: number;
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
}

/** An issuer with a key of its own. */
export async function createTokenIssuer({
  issuer = 'https://login.example.com',
  audience = 'https://api.example.com',
  alg = 'ES256',
  kid = 'key-1',
} = {}): Promise<TokenIssuer> {
  const { publicKey, privateKey } = await askForKey(() => generateKeyPair(alg, { extractable: true }));
  const publicJwk = { ...(await exportJWK(publicKey)), alg, kid, use: 'sig' };
  return {
    issuer,
    audience,
    alg,
    privateKey,
    publicJwk,
    jwks: { keys: [publicJwk] },
    issue: ({ jkt, nowSeconds, header, claims }) =>
      new SignJWT({
        iss: issuer,
        aud: audience,
        sub: 'alice',
        client_id: 'shop',
        jti: crypto.randomUUID(),
        iat: nowSeconds,
        exp: nowSeconds + 300,
        ...(jkt !== undefined && { cnf: { jkt } }),
        ...claims,
      })
        .setProtectedHeader({ typ: 'at+jwt', alg, kid, ...header })
        .sign(privateKey),
  };
}

/** A token (or any text) inside a JWE. */
export function encryptToken(
  token: string,
  { key, header }: { readonly key: CryptoKey | Uint8Array; readonly header: { alg: string; enc: string; [name: string]: unknown } },
): Promise<string> {
  const encryption = new CompactEncrypt(utf8(token)).setProtectedHeader({ cty: 'JWT', ...header });
  if (header.alg.startsWith('RSA-')) encryption.setContentEncryptionKey(keyWithoutZero());
  return encryption.encrypt(key);
}

// For A256GCM. WebKitGTK's RSA-OAEP loses the zeros at the front of what it decrypts: one random key in 256 would not be opened.
function keyWithoutZero(): Uint8Array {
  const key = crypto.getRandomValues(new Uint8Array(32));
  key[0]! |= 1;
  return key;
}
