/** The keys of proofs that were good, by the first segment of the proof: bounded in bytes. */

import { digest } from '../crypto/web.ts';
import type { Eventual } from '../protocol/eventual.ts';
import type { ParsedProof, ProofHead } from '../protocol/proof.ts';
import { thumbprint } from '../protocol/thumbprint.ts';
import { GenerationCache } from './generation-cache.ts';
import { checkSignature, importKey, type ProofDenyCode } from './proof-check.ts';

// What V8 and OpenSSL need for an entry, about.
const entryBytes = 2048;

/** A key that a proof has shown: read, hashed and imported once. */
export interface ProofKey extends ProofHead {
  /** Its thumbprint (RFC 7638). */
  readonly jkt: string;
  /** Whether a proof that shows this key is signed by it. */
  check(proof: ParsedProof): Eventual<ProofDenyCode | undefined>;
}

/** What is known of a key is kept only once the key has shown a good token: strangers cannot fill the memory. */
export class ProofKeys {
  readonly #keys: GenerationCache<ProofKey>;

  /** @param maxBytes what all keys may have together; 0 keeps none. */
  constructor(maxBytes: number) {
    this.#keys = new GenerationCache(maxBytes);
  }

  /** The key behind a proof's first segment, if it is known. */
  readonly find = (head: string): ProofKey | undefined => this.#keys.get(head);

  /** The key that a proof shows. */
  read(proof: ParsedProof): Eventual<ProofKey> {
    return this.find(proof.head) ?? readKey(proof);
  }

  keep({ head }: ParsedProof, key: ProofKey): void {
    if (this.find(head) !== key) this.#keys.set(copyOf(head), key, entryBytes + 2 * head.length);
  }
}

// Engines keep the whole of a text as long as somebody holds a part of it: here that would be a proof for each key.
function copyOf(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}

async function readKey({ alg, jwk }: ProofHead): Promise<ProofKey> {
  let key: ReturnType<typeof importKey>;
  return { alg, jwk, jkt: await thumbprint(jwk, digest), check: (other) => checkSignature(other, (key ??= importKey({ alg, jwk }))) };
}
