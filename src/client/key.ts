/** The key pair: made by SubtleCrypto, never extractable, and the signer that uses it. */

import type { Digest } from '../protocol/bytes.ts';
import { KeyboundError } from '../protocol/errors.ts';
import type { PublicJwk } from '../protocol/jwk.ts';
import { proofHeader, writeProof } from '../protocol/proof.ts';
import { thumbprint } from '../protocol/thumbprint.ts';
import type { Signer } from './signer.ts';

const ed25519 = { name: 'Ed25519' };

/** The algorithms as proofs name them, the best first; `EdDSA` is Ed25519's older name (RFC 8037, RFC 9864). */
const parameters = {
  Ed25519: ed25519,
  EdDSA: ed25519,
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
};

/** How a proof's header names the algorithm. */
export type HeaderAlgorithm = keyof typeof parameters;

export const digest: Digest = (bytes) => crypto.subtle.digest('SHA-256', bytes);

/** What suits servers that accept these names (RFC 9449 §5.1), the best first. */
export function negotiate(accepted: readonly string[] = ['Ed25519', 'ES256']): HeaderAlgorithm[] {
  return (Object.keys(parameters) as HeaderAlgorithm[]).filter((alg) => accepted.includes(alg));
}

/** How the header names a pair's algorithm to those servers; undefined where the pair does not suit them. */
export function headerAlgorithm(algorithms: readonly HeaderAlgorithm[], { privateKey }: CryptoKeyPair): HeaderAlgorithm | undefined {
  return algorithms.find((alg) => parameters[alg].name === privateKey.algorithm.name);
}

/**
 * Makes a key pair of the first algorithm that this browser can do.
 *
 * @throws KeyboundError `no-algorithm` where it can do none.
 */
export async function generateKey(algorithms: readonly HeaderAlgorithm[]): Promise<CryptoKeyPair> {
  let cause: unknown;
  // WebKitGTK fails to make an Ed25519 key about once in a hundred times, and succeeds when asked again.
  for (const alg of algorithms.flatMap((name) => [name, name, name])) {
    try {
      return (await crypto.subtle.generateKey(parameters[alg], false, ['sign', 'verify'])) as CryptoKeyPair;
    } catch (error) {
      cause = error;
    }
  }
  throw new KeyboundError('no-algorithm', '', { cause });
}

/** Signs with a key pair that this realm holds. */
export async function keySigner(pair: CryptoKeyPair, algorithms: readonly HeaderAlgorithm[]): Promise<Signer> {
  const alg = headerAlgorithm(algorithms, pair)!;
  const { crv, kty, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  // Browsers add members of their own (alg, ext, key_ops): a proof shows the required ones alone.
  const jwk = { crv, kty, x, y } as PublicJwk;
  const header = proofHeader(alg, jwk);
  const jkt = thumbprint(jwk, digest);
  return {
    alg: alg === 'EdDSA' ? 'Ed25519' : alg,
    thumbprint: () => jkt,
    publicJwk: jwk,
    proof: ({ htm, htu, ath, nonce }) =>
      writeProof(
        header,
        { jti: crypto.randomUUID(), htm, htu, iat: Math.floor(Date.now() / 1000), ath, nonce },
        (bytes) => crypto.subtle.sign(parameters[alg], pair.privateKey, bytes),
      ),
  };
}
