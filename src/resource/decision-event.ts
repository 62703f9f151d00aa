/** What monitoring learns of each decision. */

import { failureName } from '../stores/listener.ts';
import type { Decision, Step } from './decision.ts';
import type { DenyCode } from './denials.ts';

/** One decision, in numbers and names: nothing in it comes from the request. */
export interface DecisionEvent {
  readonly code: 'allow' | DenyCode;
  /** The step that denied; for `allow` the last one. */
  readonly step: Step;
  /** How long the decision took. */
  readonly seconds: number;
  /** How long steps 9 and 10 took, which ask the stores; absent where the request did not come so far. */
  readonly storeSeconds?: number;
  /**
   * With `verifier_unavailable`: the `name` of the error, such as `TimeoutError`, `FullError` or `QuotaError`, and its
   * `code` where it has one: `RedisStoreError: over-quota`.
   */
  readonly failure?: string;
}

/** Hears of each decision. */
export type OnDecision = (event: DecisionEvent) => void;

/** What is known of the way to a decision. */
interface Course {
  readonly step: Step;
  readonly seconds: number;
  readonly storeSeconds: number | undefined;
}

/** The event of a decision. */
export function decisionEvent(decision: Decision, { step, seconds, storeSeconds }: Course): DecisionEvent {
  return {
    code: decision.ok ? 'allow' : decision.code,
    step,
    seconds,
    ...(storeSeconds !== undefined && { storeSeconds }),
    ...(!decision.ok && decision.code === 'verifier_unavailable' && { failure: failureName(decision.cause) }),
  };
}
