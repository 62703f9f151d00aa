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
  return { verify: (signature, signed) => crypto.subtle.verify(algorithm, key, signature, signed) };
}
