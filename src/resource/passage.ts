/** How far a request has come through the verification steps. */

import type { Scheme, Step } from './decision.ts';
import type { Eventual } from '../crypto/port.ts';
import type { DenyCode } from './denials.ts';

/** One request on its way: how far it has come, and what its answer will depend on. */
export class Passage {
  step: Step = 1;
  scheme: Scheme = 'DPoP';
  nonceExpiresAtSeconds: number | undefined;
  /** How long steps 9 and 10 took, which ask the stores; undefined where the request did not come so far. */
  storeSeconds: number | undefined;
  readonly #startedAt = performance.now();

  /** Takes a step: a code ends the passage, whatever else the check gives goes on. */
  take<T>(step: Step, check: () => Eventual<T | DenyCode>): Eventual<Exclude<T, DenyCode>> {
    this.step = step;
    const result = step < 9 ? check() : this.#timed(check);
    return result instanceof Promise ? result.then(passed) : passed(result);
  }

  /** How long it has been on its way. */
  get seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  async #timed<T>(check: () => Eventual<T>): Promise<T> {
    const start = performance.now();
    try {
      return await check();
    } finally {
      this.storeSeconds = (this.storeSeconds ?? 0) + (performance.now() - start) / 1000;
    }
  }
}

function passed<T>(result: T | DenyCode): Exclude<T, DenyCode> {
  if (typeof result === 'string') throw new Refusal(result as DenyCode);
  return result as Exclude<T, DenyCode>;
}

/** The end of a passage, thrown by a step and caught where the decision is made. */
export class Refusal {
  constructor(readonly code: DenyCode) {}
}
