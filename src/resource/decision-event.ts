/** What monitoring learns of each decision. */

import { failureName } from '../verifier/listener.ts';
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
  /** How long steps 9 and 10 took, which ask the stores; absent where the request did not come so far. */
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
