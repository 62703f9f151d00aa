/** Waiting that ends with the wish for it. */

/** What a promise gives, unless the signal is aborted first: then its reason is thrown. */
export function unlessAborted<Result>(signal: AbortSignal, promise: Result | PromiseLike<Result>): Promise<Result> {
  return new Promise<Result>((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    // A signal may outlive the wait by far, and would keep its result.
    const settle = () => signal.removeEventListener('abort', abort);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    Promise.resolve(promise).then(resolve, reject).finally(settle);
  });
}
