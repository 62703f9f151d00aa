/** What monitoring learns of each decision. */

import type { Decision, Step } from './decision.ts';
import type { DenyCode } from './denials.ts';
import type { Passage } from './passage.ts';

/** One decision, in numbers and names: nothing in it comes from the request. */
export interface DecisionEvent {
  readonly code: 'allow' | DenyCode;
  /** The step that denied; for `allow` the last one. */
  readonly step: Step;
  /** How long the decision took. */
  readonly seconds: number;
  /** How long the stores took in steps 9 and 10; absent where they were not asked. */
  readonly storeSeconds?: number;
  /** With `verifier_unavailable`: the `name` of the error, such as `TimeoutError`, `FullError` or `QuotaError`. */
  readonly failure?: string;
}

/** Hears of each decision. */
export type OnDecision = (event: DecisionEvent) => void;

/** The event of a decision. */
export function decisionEvent(decision: Decision, { step, seconds, storeSeconds }: Passage): DecisionEvent {
  return {
    code: decision.ok ? 'allow' : decision.code,
    step,
    seconds,
    ...(storeSeconds !== undefined && { storeSeconds }),
    ...(!decision.ok && decision.code === 'verifier_unavailable' && { failure: failureName(decision.cause) }),
  };
}

/**
 * The listener as the verifier calls it: whatever it throws or rejects with is dropped, since no metric is worth a
 * request.
 *
 * @throws TypeError where it is no function.
 */
export function harmless(onDecision: OnDecision): OnDecision {
  if (typeof onDecision !== 'function') throw new TypeError('onDecision must be a function');
  return (event) => {
    try {
      const returned: unknown = onDecision(event);
      if (returned !== undefined) Promise.resolve(returned).catch(() => {});
    } catch {
      // Dropped as well.
    }
  };
}

function failureName(cause: unknown): string {
  return cause instanceof Error ? cause.name : typeof cause;
}
