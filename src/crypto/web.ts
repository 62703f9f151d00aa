/** The crypto port over SubtleCrypto: the same in browsers, in Node and at the edge. */

import { encodeBase64url } from '../protocol/base64url.ts';
import { utf8 } from '../protocol/bytes.ts';
import { parameters, suits } from './algorithms.ts';
import type { CryptoPort, VerificationKey } from './port.ts';

/** SHA-256. */
export const digest = async (bytes: Uint8Array<ArrayBuffer>) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

/** Bytes that nobody can foretell. */
export function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(count));
}

export const webCrypto: CryptoPort = {
  hashText: async (text) => encodeBase64url(await digest(utf8(text))),
  async importJwk(alg, jwk) {
    const key = await crypto.subtle.importKey('jwk', { ...jwk }, parameters[alg], false, ['verify']).catch(() => undefined);
    return key && verificationKey(parameters[alg], key);
  },
  importCryptoKey: (alg, key) => (suits(alg, key) ? verificationKey(parameters[alg], key) : undefined),
  createMac(secret) {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const imported = crypto.subtle.importKey('raw', secret, algorithm, false, ['sign', 'verify']);
    return {
      sign: async (bytes) => new Uint8Array(await crypto.subtle.sign('HMAC', await imported, bytes)),
      verify: async (mac, bytes) => crypto.subtle.verify('HMAC', await imported, mac, bytes),
    };
  },
};

function verificationKey(algorithm: AlgorithmIdentifier, key: CryptoKey): VerificationKey {
  return { verify: (signature, signed) => crypto.subtle.verify(algorithm, key, signature, utf8(signed)) };
}

/** An authenticated cipher: who lacks its secret can neither read nor change what is sealed. */
export interface Seal {
  /** The bytes, sealed under a random IV, which goes before them. They open in the same context only. */
  seal(bytes: Uint8Array<ArrayBuffer>, context: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  /** The bytes that were sealed in this context; undefined where these were not. */
  open(sealed: Uint8Array<ArrayBuffer>, context: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

const ivBytes = 12;

/**
 * The seal of a secret for one purpose: AES-256-GCM (NIST SP 800-38D) under a key of HKDF with SHA-256 (RFC 5869). With random
 * IVs a secret is good for 2^32 seals (§8.3 there).
 */
export function createSeal(secret: Uint8Array<ArrayBuffer>, purpose: Uint8Array<ArrayBuffer>): Seal {
  const derived = deriveCipherKey(secret, purpose);
  return {
    async seal(bytes, additionalData) {
      const iv = randomBytes(ivBytes);
      const content = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, await derived, bytes);
      return new Uint8Array([...iv, ...new Uint8Array(content)]);
    },
    async open(sealed, additionalData) {
      const key = await derived;
      const decryption = { name: 'AES-GCM', iv: sealed.slice(0, ivBytes), additionalData };
      // A rejection is how SubtleCrypto says that the tag is wrong.
      const content = await crypto.subtle.decrypt(decryption, key, sealed.slice(ivBytes)).catch(() => undefined);
      return content && new Uint8Array(content);
    },
  };
}

async function deriveCipherKey(secret: Uint8Array<ArrayBuffer>, info: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const imported = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
  return crypto.subtle.deriveKey(derivation, imported, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}
