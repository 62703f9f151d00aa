/** How far a request has come through the verification steps, and what each step has found for the next ones. */

import type { ParsedProof } from '../protocol/proof.ts';
import type { Freshness, ProofClock } from '../verifier/proof-check.ts';
import type { ProofKey } from '../verifier/proof-keys.ts';
import type { VerifiedToken } from './access-token.ts';
import type { Scheme, Step } from './decision.ts';
import type { Envelope, ResourceRequest } from './envelope.ts';
import type { Settings } from './options.ts';

/** One request on its way. What a step leaves here is there for the steps after it. */
export class Passage {
  step: Step = 1;
  /** Step 1. */
  envelope: (Envelope & { readonly proof?: string }) | undefined = undefined;
  clock!: ProofClock;
  /** Step 2. */
  proof!: ParsedProof;
  /** Step 5. */
  freshness: Freshness | undefined = undefined;
  /** Step 6. */
  token!: VerifiedToken;
  /** Step 8, or step 6 where an issuer is asked about the token. */
  key: ProofKey | undefined = undefined;
  isSigned = false;
  readonly #startedAt = performance.now();
  #storesAskedAt: number | undefined = undefined;
  #endedAt = 0;

  constructor(
    readonly request: ResourceRequest,
    readonly settings: Settings,
  ) {}

  /** A step begins. */
  begin(step: Step): void {
    this.step = step;
    if (step >= 9) this.#storesAskedAt ??= performance.now();
  }

  /** No other step begins. */
  end(): void {
    this.#endedAt = performance.now();
  }

  /** How the access token was sent; DPoP as long as nobody knows. */
  get scheme(): Scheme {
    return this.envelope?.scheme ?? 'DPoP';
  }

  /** How long it has been on its way. */
  get seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  /** How long steps 9 and 10 took, which ask the stores; undefined where the request did not come so far. */
  get storeSeconds(): number | undefined {
    return this.#storesAskedAt === undefined ? undefined : (this.#endedAt - this.#storesAskedAt) / 1000;
  }
}
