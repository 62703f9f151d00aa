/** Stores held to their contract: a boolean, in time. Whatever else they give is a failure, never an answer. */

import { hasMethods, readFunction } from '../stores/options.ts';
import type { ReplayStore, SpendOutcome } from '../stores/replay-store.ts';
import type { RevocationSource } from '../stores/revocation.ts';

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
 * A replay store that rejects when it is late or breaks its contract: `undefined` must not read as a replay, and Redis'
 * `'OK'` must not read as a first use.
 *
 * @throws TypeError where there is no store, one of its methods is no function, or it wants more time.
 */
export function guardReplayStore(store: ReplayStore, timeoutSeconds: number): ReplayStore {
  if (!hasMethods(store, 'claim')) throw new TypeError('replayStore is needed: memoryReplayStore() for one process');
  const { minTimeoutSeconds = 0 } = store;
  if (!(timeoutSeconds >= minTimeoutSeconds)) throw new TypeError(`storeTimeoutSeconds must be at least ${minTimeoutSeconds} with this replayStore`);
  for (const method of ['epoch', 'bornAtSeconds', 'spend'] as const) readFunction(store, method, { of: 'replayStore' });
  const terms = <T>(method: string, isAnswer: Terms<T>['isAnswer']) => ({ name: `replayStore.${method}`, isAnswer, timeoutSeconds });
  return {
    shared: store.shared === true,
    claim: (key, expiresAtSeconds) => ask(() => store.claim(key, expiresAtSeconds), terms('claim', isBoolean)),
    ...(store.epoch && { epoch: () => ask(() => store.epoch!(), terms('epoch', isText)) }),
    ...(store.bornAtSeconds && { bornAtSeconds: () => ask(() => store.bornAtSeconds!(), terms('bornAtSeconds', isTime)) }),
    ...(store.spend && { spend: (spending) => ask(() => store.spend!(spending), terms('spend', isOutcome)) }),
  };
}

/**
 * A revocation source that rejects when it is late or gives no boolean.
 *
 * @throws TypeError where it is none.
 */
export function guardRevocation(source: RevocationSource, timeoutSeconds: number): RevocationSource {
  if (!hasMethods(source, 'check')) throw new TypeError('revocation must have a method check');
  return { check: (token) => ask(() => source.check(token), { name: 'revocation.check', isAnswer: isBoolean, timeoutSeconds }) };
}

async function ask<T>(question: () => Promise<T>, { name, timeoutSeconds, isAnswer }: Terms<T>): Promise<T> {
  const answer: unknown = await inTime(question(), () => new TimeoutError(`${name} took more than ${timeoutSeconds} s`), timeoutSeconds);
  if (isAnswer(answer)) return answer;
  throw new TypeError(`${name} resolved with ${typeof answer}, which is no answer`);
}

// Who has the answer at hand, as a memory does, needs no timer: that would cost more than the question.
function inTime(asked: unknown, late: () => Error, timeoutSeconds: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isSettled = false;
    const settled = <Outcome>(tell: (outcome: Outcome) => void) => (outcome: Outcome) => {
      isSettled = true;
      clearTimeout(timer);
      tell(outcome);
    };
    Promise.resolve(asked).then(settled(resolve), settled(reject));
    queueMicrotask(() => {
      if (!isSettled) timer = setTimeout(() => reject(late()), timeoutSeconds * 1000);
    });
  });
}

/** Thrown where a store is late. What it was asked to do may still happen. */
class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}
