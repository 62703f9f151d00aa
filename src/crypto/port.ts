/** The small crypto port: what verifiers need, whoever does it. */

import type { ProofAlgorithm } from '../protocol/algorithms.ts';
import type { Eventual } from '../protocol/eventual.ts';
import type { PublicJwk } from '../protocol/jwk.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A public key, ready to check signatures of one algorithm. */
export interface VerificationKey {
  /** Whether a signature is the key's over a text of ASCII characters, as the input of a JWS is (RFC 7515 §5.1). */
  verify(signature: Bytes, signed: string): Eventual<boolean>;
}

/** A keyed hash (HMAC with SHA-256, RFC 2104): written and checked, the check in constant time. */
export interface Mac {
  sign(bytes: Bytes): Eventual<Bytes>;
  verify(mac: Bytes, bytes: Bytes): Eventual<boolean>;
}

/** SHA-256, signatures and keyed hashes. */
export interface CryptoPort {
  /** base64url of SHA-256 over a text's UTF-8. */
  hashText(text: string): Eventual<string>;
  /** The key of a proof; undefined where it cannot be imported. A point off its curve is not, or verifies nothing (WebKitGTK). */
  importJwk(alg: ProofAlgorithm, jwk: PublicJwk): Eventual<VerificationKey | undefined>;
  /** A key that SubtleCrypto holds; undefined where it is not one for verifying with that algorithm. */
  importCryptoKey(alg: ProofAlgorithm, key: CryptoKey): VerificationKey | undefined;
  /** The keyed hash of a secret. */
  createMac(secret: Bytes): Mac;
}
