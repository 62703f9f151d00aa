/** The key pair: made by SubtleCrypto, never extractable, and the signer that uses it. */

import type { Digest } from '../protocol/bytes.ts';
import { KeyboundError } from '../protocol/errors.ts';
import type { PublicJwk } from '../protocol/jwk.ts';
import { proofHeader, writeProof } from '../protocol/proof.ts';
import { thumbprint } from '../protocol/thumbprint.ts';
import type { Signer } from './signer.ts';

/** How a proof's header names the algorithm; `EdDSA` is the older name of Ed25519 (RFC 8037, RFC 9864). */
export type HeaderAlgorithm = Signer['alg'] | 'EdDSA';

const p256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const parametersOf = (alg: HeaderAlgorithm) => (alg === 'ES256' ? p256 : 'Ed25519');

export const digest: Digest = (bytes) => crypto.subtle.digest('SHA-256', bytes);

/** What suits servers that accept these names (RFC 9449 §5.1), the best first. */
export function negotiate(accepted: readonly string[] = ['Ed25519', 'ES256']): HeaderAlgorithm[] {
  return (['Ed25519', 'EdDSA', 'ES256'] as const).filter((alg) => accepted.includes(alg));
}

/** How the header names a pair's algorithm to those servers; undefined where the pair does not suit them. */
export function headerAlgorithm(algorithms: readonly HeaderAlgorithm[], { privateKey }: CryptoKeyPair): HeaderAlgorithm | undefined {
  return algorithms.find((alg) => (alg === 'ES256') === (privateKey.algorithm.name === p256.name));
}

/**
 * Makes a key pair of the first algorithm that this browser can do.
 *
 * @throws KeyboundError `no-algorithm` where it can do none.
 */
export async function generateKey(algorithms: readonly HeaderAlgorithm[]): Promise<CryptoKeyPair> {
  let cause: unknown;
  for (const alg of algorithms) {
    // WebKitGTK fails to make an Ed25519 key about once in a hundred times, and succeeds when asked again.
    for (let attempt = 0; attempt < 4; attempt++) {
      try {
        return (await crypto.subtle.generateKey(parametersOf(alg), false, ['sign', 'verify'])) as CryptoKeyPair;
      } catch (error) {
        cause = error;
      }
    }
  }
  throw new KeyboundError('no-algorithm', String(algorithms), { cause });
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
    alg: alg === 'ES256' ? alg : 'Ed25519',
    thumbprint: () => jkt,
    publicJwk: jwk,
    proof: ({ htm, htu, ath, nonce }) =>
      writeProof(
        header,
        { jti: crypto.randomUUID(), htm, htu, iat: Math.floor(Date.now() / 1000), ath, nonce },
        (bytes) => crypto.subtle.sign(parametersOf(alg), pair.privateKey, bytes),
      ),
  };
}
