/** The crypto port over Node's own crypto: what is quick is there at once, and signatures go to the thread pool only in crowds. */

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
  const check = createCheck(node);
  const verificationKey = (alg: ProofAlgorithm, key: nodeCrypto.KeyObject): VerificationKey => {
    const digest = alg === 'Ed25519' || alg === 'EdDSA' ? undefined : 'sha256';
    const pss = { padding: node.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    const input = { key, dsaEncoding: 'ieee-p1363' as const, ...(alg === 'PS256' && pss) };
    return { verify: (signature, signed) => check(digest, Buffer.from(signed), input, signature) };
  };
  return {
    hashText: (text) => hash('sha256', text, 'base64url'),
    importJwk(alg, jwk) {
      try {
        return verificationKey(alg, node.createPublicKey({ key: { ...jwk }, format: 'jwk' }));
      } catch {
        return undefined;
      }
    },
    importCryptoKey: (alg, key) => (suits(alg, key) ? verificationKey(alg, KeyObject.from(key)) : undefined),
    createMac(secret) {
      const key = createSecretKey(secret);
      const sign = (bytes: Uint8Array) => new Uint8Array(createHmac('sha256', key).update(bytes).digest());
      return { sign, verify: (mac, bytes) => mac.length === 32 && timingSafeEqual(mac, sign(bytes)) };
    },
  };
}

/** As `crypto.verify`, later. */
type Check = (digest: string | undefined, signed: Uint8Array, key: nodeCrypto.VerifyKeyObjectInput, signature: Uint8Array) => Promise<boolean>;

/** How many signatures have to wait at the same moment before the way through the thread pool is worth it. */
const crowd = 4;

/**
 * Checks signatures on this thread, which is the least work for each. Where several wait at the same moment they go to the
 * thread pool, so that other processors take part, and so do those that come while it is at work.
 */
function createCheck(node: typeof nodeCrypto): Check {
  const moment = Promise.resolve();
  let waiting = 0;
  let pooled = 0;
  const checkInPool: Check = (digest, signed, key, signature) =>
    new Promise((resolve, reject) => {
      node.verify(digest, signed, key, signature, (error, isGood) => {
        pooled -= 1;
        if (error) reject(error);
        else resolve(isGood);
      });
      pooled += 1;
    });
  return async (...given) => {
    waiting += 1;
    // Whoever comes at the same moment is here by then.
    await moment;
    const isCrowd = pooled > 0 || waiting >= crowd;
    waiting -= 1;
    return isCrowd ? checkInPool(...given) : node.verify(...given);
  };
}
