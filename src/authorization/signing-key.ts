/** The keys that access tokens are signed with. */

import { calculateJwkThumbprint, exportJWK, type CryptoKey, type JSONWebKeySet, type JWK } from 'jose';
import { givenOptions } from '../stores/options.ts';

/** A signing key, ready for use; `kid` is its RFC 7638 thumbprint. */
export interface SigningKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** A pair as `crypto.subtle.generateKey` makes it; the DOM's CryptoKeyPair is one, but apps for Node alone lack that type. */
export interface SigningKeyPair {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

/**
 * Key pairs for ES256, EdDSA (Ed25519), RS256 or PS256: the first signs, all are published. A function is asked each
 * time, so that keys can be rotated without a restart, by all replicas of a server at once.
 */
export type SigningKeys = readonly SigningKeyPair[] | (() => readonly SigningKeyPair[] | Promise<readonly SigningKeyPair[]>);

/**
 * The keys as they are at each moment. Rejects where a function gives none, or one that nothing can be signed with.
 *
 * @throws TypeError where a list is empty or holds such a key.
 */
export function readSigningKeys(keys: SigningKeys | undefined): () => Promise<readonly SigningKey[]> {
  const loaded = new WeakMap<CryptoKey, Promise<SigningKey>>();
  const load = (pair: SigningKeyPair) => {
    const known = loaded.get(pair.privateKey) ?? loadSigningKey(pair);
    loaded.set(pair.privateKey, known);
    return known;
  };
  if (Array.isArray(keys)) keys.forEach(signingAlgorithm);
  else if (keys !== undefined && typeof keys !== 'function') throw new TypeError('signingKeys must be a list of key pairs, or a function');
  if (Array.isArray(keys) && keys.length === 0) throw new TypeError('signingKeys must not be an empty list');
  const made = keys ? undefined : generateSigningKey().then((pair) => [pair]);
  made?.catch(() => {}); // whoever needs the keys sees why they failed
  return async () => {
    const pairs = await (typeof keys === 'function' ? keys() : (keys ?? made!));
    if (!pairs.length) throw new Error('signingKeys gave no key');
    return Promise.all(pairs.map(load));
  };
}

/** A new key for ES256, which every JWT library reads; its private half never leaves this process. */
export function generateSigningKey(): Promise<SigningKeyPair> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
}

/**
 * The JOSE name of what a key pair signs.
 *
 * @throws TypeError where it is no such pair, or no key for ES256, EdDSA (Ed25519), RS256 or PS256.
 */
export function signingAlgorithm(pair: SigningKeyPair): string {
  const { privateKey, publicKey } = givenOptions(pair);
  if (!privateKey?.usages?.includes('sign')) throw new TypeError('signingKeys: privateKey must be a CryptoKey that may sign');
  const isPublishable = publicKey?.type === 'public' && publicKey.extractable;
  if (!isPublishable) throw new TypeError('signingKeys: publicKey must be a public CryptoKey that can be exported');
  const { name, namedCurve, hash } = privateKey.algorithm as { name: string; namedCurve?: string; hash?: { name: string } };
  if (name === 'ECDSA' && namedCurve === 'P-256') return 'ES256';
  if (name === 'Ed25519') return 'EdDSA';
  if (name === 'RSASSA-PKCS1-v1_5' && hash?.name === 'SHA-256') return 'RS256';
  if (name === 'RSA-PSS' && hash?.name === 'SHA-256') return 'PS256';
  throw new TypeError(`signingKeys: ${name} is not for ES256, EdDSA, RS256 or PS256`);
}

/** A key pair with its public JWK and its name in the key set. */
export async function loadSigningKey(pair: SigningKeyPair): Promise<SigningKey> {
  const alg = signingAlgorithm(pair);
  const publicJwk = await exportJWK(pair.publicKey);
  return { alg, kid: await calculateJwkThumbprint(publicJwk), privateKey: pair.privateKey, publicJwk };
}

/** The key set that resource servers fetch (RFC 7517 §5): public halves only. */
export function publicKeySet(keys: readonly SigningKey[]): JSONWebKeySet {
  return {
    keys: keys.map(({ alg, kid, publicJwk: { kty, crv, x, y, n, e } }) => {
      const members = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined);
      return { ...Object.fromEntries(members), kty: kty!, alg, kid, use: 'sig' };
    }),
  };
}
