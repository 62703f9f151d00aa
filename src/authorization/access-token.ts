/** Access tokens: JWTs of RFC 9068, bound to a key by `cnf.jkt` (RFC 9449 §6.1). */

import { CompactEncrypt, createLocalJWKSet, jwtVerify, SignJWT, type CryptoKey, type JWK } from 'jose';
import { randomBytes } from '../crypto/web.ts';
import { encodeBase64url } from '../protocol/base64url.ts';
import { utf8 } from '../protocol/bytes.ts';
import { isText } from '../protocol/json.ts';
import { givenOptions } from '../stores/options.ts';
import { publicKeySet, type SigningKey } from './signing-key.ts';

/**
 * How access tokens are encrypted for the resource server: a signed JWT inside a JWE (RFC 7519 §5.2, RFC 9068 §4).
 *
 * `alg` default: `ECDH-ES`; `enc` default: `A256GCM`. An encrypted token is readable to nobody without the key, so not
 * to a legacy validator either, and it cannot be revoked at the revocation endpoint, only together with its grant.
 */
export interface AccessTokenEncryption {
  readonly key: CryptoKey | JWK;
  readonly kid?: string;
  readonly alg?: string;
  readonly enc?: string;
}

/** How tokens are encrypted, if at all. @throws TypeError where there is no key, or a name is no text. */
export function readEncryption(encryption: AccessTokenEncryption | undefined): AccessTokenEncryption | undefined {
  if (encryption === undefined) return undefined;
  const { key, ...names } = givenOptions(encryption);
  const { kty, type } = Object(key) as { readonly kty?: unknown; readonly type?: unknown };
  if (!isText(kty ?? type)) throw new TypeError('encryption.key must be a CryptoKey or a JWK');
  for (const name of ['kid', 'alg', 'enc'] as const) {
    if (names[name] !== undefined && !isText(names[name])) throw new TypeError(`encryption.${name} must be text that is not empty`);
  }
  return encryption;
}

/** What an access token says, beside issuer and audience. Times are in seconds since 1970. */
export interface AccessTokenContents {
  readonly sub: string;
  readonly clientId: string;
  readonly jkt: string;
  readonly jti: string;
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
  readonly scope?: string | undefined;
  readonly sid?: string | undefined;
}

/** The claims of every access token of this server. */
export interface IssuedClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string | string[];
  readonly client_id: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  readonly cnf: { readonly jkt: string };
  readonly scope?: string;
  readonly sid?: string;
}

/** An unguessable identifier of 128 bits. */
export function newTokenId(): string {
  return encodeBase64url(randomBytes(16));
}

/** Signs (and, where it is wanted, encrypts) access tokens of one issuer for one audience. */
export class AccessTokens {
  readonly #issuer: string;
  readonly #audience: string | string[];
  readonly #keys: () => Promise<readonly SigningKey[]>;
  readonly #encryption: AccessTokenEncryption | undefined;

  constructor(options: {
    issuer: string;
    audience: string | readonly string[];
    keys: () => Promise<readonly SigningKey[]>;
    encryption: AccessTokenEncryption | undefined;
  }) {
    this.#issuer = options.issuer;
    this.#audience = typeof options.audience === 'string' ? options.audience : [...options.audience];
    this.#keys = options.keys;
    this.#encryption = options.encryption;
  }

  /** The compact token; the first key signs. */
  async sign(token: AccessTokenContents): Promise<string> {
    const { alg, kid, privateKey } = (await this.#keys())[0]!;
    const { sub, clientId: client_id, jti, jkt, scope, sid } = token;
    const optional = { ...(scope !== undefined && { scope }), ...(sid !== undefined && { sid }) };
    const signed = await new SignJWT({ client_id, ...optional, cnf: { jkt } })
      .setProtectedHeader({ typ: 'at+jwt', alg, kid })
      .setIssuer(this.#issuer)
      .setSubject(sub)
      .setAudience(this.#audience)
      .setIssuedAt(token.issuedAtSeconds)
      .setExpirationTime(token.expiresAtSeconds)
      .setJti(jti)
      .sign(privateKey);
    return this.#encryption ? encrypt(signed, this.#encryption) : signed;
  }

  /** What a token of ours says, or undefined for a foreign, broken or expired one. Whether it is revoked is not known here. */
  async read(token: string, nowSeconds: number): Promise<IssuedClaims | undefined> {
    const keySet = createLocalJWKSet(publicKeySet(await this.#keys()));
    const expected = { issuer: this.#issuer, typ: 'at+jwt', currentDate: new Date(nowSeconds * 1000) };
    return jwtVerify<IssuedClaims>(token, keySet, expected).then(({ payload }) => payload, () => undefined);
  }
}

function encrypt(token: string, { key, kid, alg = 'ECDH-ES', enc = 'A256GCM' }: AccessTokenEncryption) {
  return new CompactEncrypt(utf8(token))
    .setProtectedHeader({ typ: 'at+jwt', cty: 'JWT', alg, enc, ...(kid && { kid }) })
    .encrypt(key);
}
