/** Keys and proofs for tests: real SubtleCrypto, and every part of a proof can be bent. */

import { digest } from '../../src/crypto/web.ts';
import { encodeBase64url } from '../../src/protocol/base64url.ts';
import { utf8 } from '../../src/protocol/bytes.ts';
import type { PublicJwk } from '../../src/protocol/jwk.ts';
import { accessTokenHash } from '../../src/protocol/proof.ts';
import { thumbprint } from '../../src/protocol/thumbprint.ts';
import { askForKey } from './ask-for-key.ts';

export type ProofKeyAlgorithm = 'ES256' | 'Ed25519' | 'EdDSA' | 'RS256' | 'PS256';

export interface ProofKey {
  readonly alg: ProofKeyAlgorithm;
  readonly publicJwk: PublicJwk;
  /** Extractable, as no client's is: some attacks need the private members. */
  readonly privateKey: CryptoKey;
  readonly jkt: string;
}

const rsa = (name: string) => ({ name, hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) });

const generation: Record<ProofKeyAlgorithm, AlgorithmIdentifier | EcKeyGenParams | RsaHashedKeyGenParams> = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  Ed25519: 'Ed25519',
  EdDSA: 'Ed25519',
  RS256: rsa('RSASSA-PKCS1-v1_5'),
  PS256: rsa('RSA-PSS'),
};

const signing: Record<ProofKeyAlgorithm, AlgorithmIdentifier | EcdsaParams | RsaPssParams> = {
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  Ed25519: 'Ed25519',
  EdDSA: 'Ed25519',
  RS256: 'RSASSA-PKCS1-v1_5',
  PS256: { name: 'RSA-PSS', saltLength: 32 },
};

/** A new key pair. ES256 is the default because every browser has it. */
export async function generateProofKey(alg: ProofKeyAlgorithm = 'ES256'): Promise<ProofKey> {
  const pair = await askForKey(() => crypto.subtle.generateKey(generation[alg], true, ['sign', 'verify']) as Promise<CryptoKeyPair>);
  const { kty, crv, x, y, n, e } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const publicJwk = Object.fromEntries(Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value)) as unknown as PublicJwk;
  return { alg, publicJwk, privateKey: pair.privateKey, jkt: await thumbprint(publicJwk, digest) };
}

/** A segment as JOSE writes it; a string stays what it is. */
export function segment(value: unknown): string {
  return encodeBase64url(utf8(typeof value === 'string' ? value : JSON.stringify(value)));
}

export interface ProofParts {
  readonly key: ProofKey;
  readonly method?: string;
  readonly url?: string;
  readonly accessToken?: string;
  readonly nonce?: string | undefined;
  readonly nowSeconds: number;
  /** Header members to add or replace; undefined removes one. */
  readonly header?: Record<string, unknown>;
  /** Claims to add or replace; undefined removes one. */
  readonly claims?: Record<string, unknown>;
  /** Signs instead of `key`, which stays the one that is shown. */
  readonly signer?: ProofKey;
}

/** A proof: a good one, but for what `header`, `claims` and `signer` bend. */
export async function makeProof(parts: ProofParts): Promise<string> {
  const { key, method = 'GET', url = 'https://api.example.com/orders', accessToken, nonce, nowSeconds, signer = key } = parts;
  const ath = accessToken === undefined ? undefined : await accessTokenHash(accessToken, digest);
  const header = { typ: 'dpop+jwt', alg: key.alg, jwk: key.publicJwk, ...parts.header };
  const claims = { jti: crypto.randomUUID(), htm: method, htu: url.replace(/[?#].*$/, ''), iat: nowSeconds, ath, nonce, ...parts.claims };
  return signJws({ header, payload: claims, signer });
}

/** A JWS over any header and payload; strings go in as they are, so that they need not be JSON. */
export async function signJws(p: { readonly header: unknown; readonly payload: unknown; readonly signer: ProofKey }): Promise<string> {
  const input = `${segment(p.header)}.${segment(p.payload)}`;
  const signature = await crypto.subtle.sign(signing[p.signer.alg], p.signer.privateKey, utf8(input));
  return `${input}.${encodeBase64url(new Uint8Array(signature))}`;
}
