/** The small crypto port over SubtleCrypto: the same in browsers, in Node and at the edge. */

import type { ProofAlgorithm } from '../protocol/algorithms.ts';
import type { PublicJwk } from '../protocol/jwk.ts';

/** SHA-256. */
export const digest = async (bytes: Uint8Array<ArrayBuffer>) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

/** Bytes that nobody can foretell. */
export function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(count));
}

type VerifyParameters = AlgorithmIdentifier | RsaPssParams | EcdsaParams | RsaHashedImportParams | EcKeyImportParams;

const rsa = (name: string) => ({ name, hash: 'SHA-256' });

const parameters: Record<ProofAlgorithm, { imported: VerifyParameters; verified: VerifyParameters }> = {
  Ed25519: { imported: 'Ed25519', verified: 'Ed25519' },
  EdDSA: { imported: 'Ed25519', verified: 'Ed25519' },
  ES256: { imported: { name: 'ECDSA', namedCurve: 'P-256' }, verified: { name: 'ECDSA', hash: 'SHA-256' } },
  RS256: { imported: rsa('RSASSA-PKCS1-v1_5'), verified: 'RSASSA-PKCS1-v1_5' },
  PS256: { imported: rsa('RSA-PSS'), verified: { name: 'RSA-PSS', saltLength: 32 } },
};

/** Whether a signature is the key's over these bytes. A key that cannot be imported (a point off its curve) is false. */
export async function verifySignature(
  alg: ProofAlgorithm,
  jwk: PublicJwk,
  signature: Uint8Array<ArrayBuffer>,
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const { imported, verified } = parameters[alg];
  const key = await crypto.subtle.importKey('jwk', { ...jwk }, imported, false, ['verify']).catch(() => undefined);
  return key !== undefined && crypto.subtle.verify(verified, key, signature, signed);
}

/** A keyed hash (HMAC with SHA-256, RFC 2104): written and checked, the check in constant time. */
export interface Mac {
  sign(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  verify(mac: Uint8Array<ArrayBuffer>, bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

/** The keyed hash of a secret. */
export function createMac(secret: Uint8Array<ArrayBuffer>): Mac {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = crypto.subtle.importKey('raw', secret, algorithm, false, ['sign', 'verify']);
  return {
    sign: async (bytes) => new Uint8Array(await crypto.subtle.sign('HMAC', await imported, bytes)),
    verify: async (mac, bytes) => crypto.subtle.verify('HMAC', await imported, mac, bytes),
  };
}
