/** The key pair: made by SubtleCrypto, never extractable, and the signer that uses it. */

import type { Digest } from '../protocol/bytes.ts';
import { KeyboundError } from '../protocol/errors.ts';
import type { PublicJwk } from '../protocol/jwk.ts';
import { proofHeader, writeProof } from '../protocol/proof.ts';
import { thumbprint } from '../protocol/thumbprint.ts';
import type { Signer } from './signer.ts';

type KeyAlgorithm = 'Ed25519' | 'ES256';

const p256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export const digest: Digest = async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

/** Which key algorithms suit servers that accept these names; both where nothing is known (RFC 9449 §5.1). */
export function suitableAlgorithms(accepted: readonly string[] = ['Ed25519', 'ES256']): KeyAlgorithm[] {
  const suitable: KeyAlgorithm[] = [];
  if (accepted.includes('Ed25519') || accepted.includes('EdDSA')) suitable.push('Ed25519');
  if (accepted.includes('ES256')) suitable.push('ES256');
  return suitable;
}

/** The algorithm of a key pair. */
export function algorithmOf({ privateKey }: CryptoKeyPair): KeyAlgorithm {
  return privateKey.algorithm.name === 'Ed25519' ? 'Ed25519' : 'ES256';
}

/**
 * Makes a key pair of the first algorithm that this browser can do.
 *
 * @throws KeyboundError `no-algorithm` where it can do none.
 */
export async function generateKey(algorithms: readonly KeyAlgorithm[]): Promise<CryptoKeyPair> {
  let cause: unknown;
  for (const alg of algorithms) {
    // WebKitGTK fails to make an Ed25519 key about once in a hundred times, and succeeds when asked again.
    for (let attempt = 0; attempt < 4; attempt++) {
      try {
        return (await crypto.subtle.generateKey(alg === 'ES256' ? p256 : alg, false, ['sign', 'verify'])) as CryptoKeyPair;
      } catch (error) {
        cause = error;
      }
    }
  }
  throw new KeyboundError('no-algorithm', 'No key can be made that the servers accept (Ed25519, ES256)', { cause });
}

/** Signs with a key pair that this realm holds. `eddsa` writes the older name of Ed25519 into the header (RFC 8037). */
export async function keySigner(pair: CryptoKeyPair, eddsa = false): Promise<Signer> {
  const alg = algorithmOf(pair);
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  // Browsers add members of their own (alg, ext, key_ops): a proof shows the required ones alone.
  const jwk = { kty, crv, x, ...(y && { y }) } as PublicJwk;
  const header = proofHeader(eddsa && alg === 'Ed25519' ? 'EdDSA' : alg, jwk);
  const jkt = thumbprint(jwk, digest);
  return {
    alg,
    thumbprint: () => jkt,
    publicJwk: jwk,
    proof: ({ htm, htu, ath, nonce }) =>
      writeProof(
        header,
        { jti: crypto.randomUUID(), htm, htu, iat: Math.floor(Date.now() / 1000), ...(ath && { ath }), ...(nonce && { nonce }) },
        (bytes) => crypto.subtle.sign(alg === 'ES256' ? p256 : alg, pair.privateKey, bytes),
      ),
  };
}
