/** What is there at once, or later: only what is later is waited for. */

/** A result that is there at once, or a promise of it. */
export type Eventual<Result> = Result | Promise<Result>;

/** Goes on with a result as soon as it is there: in the same breath, where it is there at once. */
export function andThen<Result, Next>(result: Eventual<Result>, goOn: (result: Result) => Eventual<Next>): Eventual<Next> {
  return result instanceof Promise ? result.then(goOn) : goOn(result);
}
