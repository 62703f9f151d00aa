/** The crypto port over Node's own crypto: at once, without the way through promises and a thread pool. */

import type * as nodeCrypto from 'node:crypto';
import type { ProofAlgorithm } from '../protocol/algorithms.ts';
import { suits } from './algorithms.ts';
import type { CryptoPort, VerificationKey } from './port.ts';

/** Node's crypto, without an import that bundlers would follow; undefined elsewhere. */
export function findNodeCrypto(): CryptoPort | undefined {
  const { process, navigator } = globalThis as { process?: Partial<NodeJS.Process>; navigator?: { userAgent?: string } };
  // Who imitates Node has SubtleCrypto, which is the same everywhere.
  const { node, bun, deno }: Record<string, string | undefined> = process?.versions ?? {};
  const isNode = node && !bun && !deno && (navigator?.userAgent ?? 'Node.js').startsWith('Node.js');
  const found = isNode ? process?.getBuiltinModule?.('node:crypto') : undefined;
  return found && createPort(found);
}

function createPort(node: typeof nodeCrypto): CryptoPort {
  const { hash, createHmac, createSecretKey, timingSafeEqual, KeyObject } = node;
  return {
    hashText: (text) => hash('sha256', text, 'base64url'),
    importJwk(alg, jwk) {
      try {
        return verificationKey(node, alg, node.createPublicKey({ key: { ...jwk }, format: 'jwk' }));
      } catch {
        return undefined;
      }
    },
    importCryptoKey: (alg, key) => (suits(alg, key) ? verificationKey(node, alg, KeyObject.from(key)) : undefined),
    createMac(secret) {
      const key = createSecretKey(secret);
      const sign = (bytes: Uint8Array) => new Uint8Array(createHmac('sha256', key).update(bytes).digest());
      return { sign, verify: (mac, bytes) => mac.length === 32 && timingSafeEqual(mac, sign(bytes)) };
    },
  };
}

function verificationKey(node: typeof nodeCrypto, alg: ProofAlgorithm, key: nodeCrypto.KeyObject): VerificationKey {
  const digest = alg === 'Ed25519' || alg === 'EdDSA' ? undefined : 'sha256';
  const pss = { padding: node.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const input = { key, dsaEncoding: 'ieee-p1363' as const, ...(alg === 'PS256' && pss) };
  return { verify: (signature, signed) => node.verify(digest, signed, input, signature) };
}
