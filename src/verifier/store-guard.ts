/** Stores held to their contract: a boolean, in time. Whatever else they give is a failure, never an answer. */

import type { Eventual } from '../protocol/eventual.ts';
import { atOnce } from '../stores/at-once.ts';
import { hasMethods, readFunction } from '../stores/options.ts';
import type { ReplayStore, SpendOutcome } from '../stores/replay-store.ts';
import type { RevocationSource, TokenIdentity } from '../stores/revocation.ts';

/** A replay store held to its contract: what it has at hand, it answers at once. */
export type GuardedReplayStore = { readonly [Member in keyof Omit<ReplayStore, 'revocation' | 'minTimeoutSeconds'>]: AnsweringAtOnce<ReplayStore[Member]> };

/** A revocation source held to its contract. */
export interface GuardedRevocation {
  check(token: TokenIdentity): Eventual<boolean>;
}

type AnsweringAtOnce<Member> = Member extends (...given: infer Given) => Promise<infer Answer> ? (...given: Given) => Eventual<Answer> : Member;

interface Terms<T> {
  readonly name: string;
  readonly timeoutSeconds: number;
  readonly isAnswer: (answer: unknown) => answer is T;
}

const isBoolean = (answer: unknown): answer is boolean => typeof answer === 'boolean';
const isText = (answer: unknown): answer is string => typeof answer === 'string';
const isTime = (answer: unknown): answer is number => Number.isFinite(answer);

const outcomes: readonly unknown[] = ['spent', 'proof_replayed', 'nonce_reused', 'epoch_changed', 'token_revoked'] satisfies SpendOutcome[];
const isOutcome = (answer: unknown): answer is SpendOutcome => outcomes.includes(answer);

/**
 * A replay store that fails when it is late or breaks its contract: `undefined` must not read as a replay, and Redis'
 * `'OK'` must not read as a first use.
 *
 * @throws TypeError where there is no store, one of its methods is no function, or it wants more time.
 */
export function guardReplayStore(store: ReplayStore, timeoutSeconds: number): GuardedReplayStore {
  if (!hasMethods(store, 'claim')) throw new TypeError('replayStore is needed: memoryReplayStore() for one process');
  const { minTimeoutSeconds = 0 } = store;
  if (!(timeoutSeconds >= minTimeoutSeconds)) throw new TypeError(`storeTimeoutSeconds must be at least ${minTimeoutSeconds} with this replayStore`);
  for (const method of ['epoch', 'bornAtSeconds', 'spend'] as const) readFunction(store, method, { of: 'replayStore' });
  const guard = <Given extends unknown[], Answer>(name: string, method: () => Asked<Given, Answer>, isAnswer: Terms<Answer>['isAnswer']) =>
    guarded(store, method, { name: `replayStore.${name}`, isAnswer, timeoutSeconds });
  return {
    shared: store.shared === true,
    claim: guard('claim', () => store.claim, isBoolean),
    ...(store.epoch && { epoch: guard('epoch', () => store.epoch!, isText) }),
    ...(store.bornAtSeconds && { bornAtSeconds: guard('bornAtSeconds', () => store.bornAtSeconds!, isTime) }),
    ...(store.spend && { spend: guard('spend', () => store.spend!, isOutcome) }),
  };
}

/**
 * A revocation source that fails when it is late or gives no boolean.
 *
 * @throws TypeError where it is none.
 */
export function guardRevocation(source: RevocationSource, timeoutSeconds: number): GuardedRevocation {
  if (!hasMethods(source, 'check')) throw new TypeError('revocation must have a method check');
  return { check: guarded(source, () => source.check, { name: 'revocation.check', isAnswer: isBoolean, timeoutSeconds }) };
}

type Asked<Given extends unknown[], Answer> = (...given: Given) => Promise<Answer>;

// The method is looked up each time: who replaces it is asked from then on.
function guarded<Given extends unknown[], Answer>(store: object, method: () => Asked<Given, Answer>, terms: Terms<Answer>): (...given: Given) => Eventual<Answer> {
  return (...given) => {
    const asked = method();
    const answer = atOnce(asked);
    return answer ? judged(answer(...given), terms) : inTime(Reflect.apply(asked, store, given), terms);
  };
}

async function inTime<Answer>(asked: Promise<unknown>, terms: Terms<Answer>): Promise<Answer> {
  const { name, timeoutSeconds } = terms;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(`${name} took more than ${timeoutSeconds} s`)), timeoutSeconds * 1000);
  });
  const answer = await Promise.race([asked, late]).finally(() => clearTimeout(timer));
  return judged(answer, terms);
}

function judged<Answer>(answer: unknown, { name, isAnswer }: Terms<Answer>): Answer {
  if (isAnswer(answer)) return answer;
  throw new TypeError(`${name} resolved with ${typeof answer}, which is no answer`);
}

/** Thrown where a store is late. What it was asked to do may still happen. */
class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}
