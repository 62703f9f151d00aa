/** What is there at once, or later: only what is later is waited for. */

/** A result that is there at once, or a promise of it. */
export type Eventual<Result> = Result | Promise<Result>;

/** Whether a result is still to come. Not by its class: who replaces the global Promise, as zone.js does, gives others than the engine. */
export function isLater<Result>(result: Eventual<Result>): result is Promise<Result> {
  return typeof (result as { readonly then?: unknown } | null | undefined)?.then === 'function';
}

/** Goes on with a result as soon as it is there: in the same breath, where it is there at once. */
export function andThen<Result, Next>(result: Eventual<Result>, goOn: (result: Result) => Eventual<Next>): Eventual<Next> {
  return isLater(result) ? result.then(goOn) : goOn(result);
}
