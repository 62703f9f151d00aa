/** The key pair: made by SubtleCrypto, never extractable, and the signer that uses it. */

import type { Digest } from '../protocol/bytes.ts';
import { KeyboundError } from '../protocol/errors.ts';
import type { PublicJwk } from '../protocol/jwk.ts';
import { proofHeader, proofWriter, type WriteProof } from '../protocol/proof.ts';
import { thumbprint } from '../protocol/thumbprint.ts';
import { nextJti } from './jti.ts';
import type { Signer } from './signer.ts';

interface Parameters {
  readonly name: string;
  readonly namedCurve?: string;
  readonly hash?: string;
}

const ed25519: Parameters = { name: 'Ed25519' };

/** The algorithms as proofs name them, the best first; `EdDSA` is Ed25519's older name (RFC 8037, RFC 9864). */
const parameters = {
  Ed25519: ed25519,
  EdDSA: ed25519,
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
};

/** How a proof's header names the algorithm. */
export type HeaderAlgorithm = keyof typeof parameters;

export const digest: Digest = (bytes) => crypto.subtle.digest('SHA-256', bytes);

/**
 * What suits servers that accept these names (RFC 9449 §5.1), the best first.
 *
 * @throws KeyboundError `insecure-context` where the page is neither https nor localhost.
 */
export function negotiate(accepted: readonly string[] = ['Ed25519', 'ES256']): HeaderAlgorithm[] {
  if (!crypto.subtle) throw new KeyboundError('insecure-context');
  return (Object.keys(parameters) as HeaderAlgorithm[]).filter((alg) => accepted.includes(alg));
}

// How the header names a key's algorithm to those servers; undefined where the key does not suit them.
function headerAlgorithm(algorithms: readonly HeaderAlgorithm[], { algorithm }: CryptoKey): HeaderAlgorithm | undefined {
  const { name, namedCurve } = algorithm as EcKeyAlgorithm;
  return algorithms.find((alg) => parameters[alg].name === name && parameters[alg].namedCurve === namedCurve);
}

/** Whether a pair suits the servers, cannot be exported, and signs for its public key. */
export async function isSound(algorithms: readonly HeaderAlgorithm[], { privateKey, publicKey }: CryptoKeyPair): Promise<boolean> {
  try {
    const alg = parameters[headerAlgorithm(algorithms, privateKey)!];
    const bytes = new Uint8Array(1);
    const signature = await crypto.subtle.sign(alg, privateKey, bytes);
    return !privateKey.extractable && publicKey.extractable && (await crypto.subtle.verify(alg, publicKey, signature, bytes));
  } catch {
    return false;
  }
}

/**
 * Makes a key pair of the first algorithm that this browser can do.
 *
 * @throws KeyboundError `no-algorithm` where it can do none.
 */
export async function generateKey(algorithms: readonly HeaderAlgorithm[]): Promise<CryptoKeyPair> {
  let cause: unknown;
  // WebKitGTK fails to make an Ed25519 key of which a half begins with a zero, once in 128 times, and succeeds when asked again.
  for (const alg of algorithms.flatMap((name) => [name, name, name])) {
    try {
      return (await crypto.subtle.generateKey(parameters[alg], false, ['sign', 'verify'])) as CryptoKeyPair;
    } catch (error) {
      cause = error;
    }
  }
  throw new KeyboundError('no-algorithm', '', { cause });
}

/** How far back a clock may go before it is believed. */
const maxStepSeconds = 5;

/** Signs with a key pair that this realm holds. */
export async function keySigner(pair: CryptoKeyPair, algorithms: readonly HeaderAlgorithm[]): Promise<Signer> {
  const alg = headerAlgorithm(algorithms, pair.privateKey)!;
  const { crv, kty, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  // Browsers add members of their own (alg, ext, key_ops): a proof shows the required ones alone.
  const jwk = { crv, kty, x, y } as PublicJwk;
  const writers: Partial<Record<string, WriteProof>> = {};
  const sign = (bytes: Uint8Array<ArrayBuffer>) => crypto.subtle.sign(isEdwards ? 'Ed25519' : parameters[alg], pair.privateKey, bytes);
  const isEdwards = alg !== 'ES256';
  const jkt = thumbprint(jwk, digest);
  let latest = 0;
  // A clock that is set back a little must not make a proof look older than the one before it.
  const now = () => {
    const seconds = Date.now() / 1000;
    return (latest = latest - seconds > 0 && latest - seconds <= maxStepSeconds ? latest : seconds);
  };
  return {
    alg: isEdwards ? 'Ed25519' : alg,
    thumbprint: () => jkt,
    publicJwk: jwk,
    proof: ({ htm, htu, ath, nonce }, { skewSeconds = 0, spelling } = {}) => {
      const name = (isEdwards && spelling) || alg;
      const write = (writers[name] ??= proofWriter(proofHeader(name, jwk), sign));
      return write({ htm, htu, iat: Math.floor(now() + skewSeconds), ath, nonce }, nextJti());
    },
  };
}
