/** The signature algorithms as SubtleCrypto names them. */

import type { ProofAlgorithm } from '../protocol/algorithms.ts';

const ed25519 = { name: 'Ed25519' };
const es256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const rsa = (name: string) => ({ name, hash: 'SHA-256', saltLength: 32 });

/** For importing a key and for verifying with it. */
export const parameters: Record<ProofAlgorithm, { readonly name: string; readonly namedCurve?: string; readonly hash?: string }> = {
  Ed25519: ed25519,
  EdDSA: ed25519,
  ES256: es256,
  RS256: rsa('RSASSA-PKCS1-v1_5'),
  PS256: rsa('RSA-PSS'),
};

const minModulusBits = 2048;

/** Whether a key is one for verifying with an algorithm: of its name, curve and hash, and of RSA not too short (RFC 7518 §3.3). */
export function suits(alg: ProofAlgorithm, { type, usages, algorithm }: CryptoKey): boolean {
  const { name, namedCurve, hash } = parameters[alg];
  const given = algorithm as Partial<EcKeyAlgorithm & RsaHashedKeyAlgorithm>;
  if (type !== 'public' || !usages.includes('verify') || given.name !== name || given.namedCurve !== namedCurve) return false;
  return given.modulusLength === undefined || (given.hash?.name === hash && given.modulusLength >= minModulusBits);
}
