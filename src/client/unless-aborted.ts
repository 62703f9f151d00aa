/** Waiting that ends with the wish for it. */

/** What a promise gives, unless the signal is aborted first: then its reason is thrown. */
export function unlessAborted<Result>(signal: AbortSignal, promise: Result | PromiseLike<Result>): Promise<Result> {
  return new Promise<Result>((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    const settled = Promise.resolve(promise).then(resolve, reject);
    // A signal may outlive the wait by far, and would keep its result.
    void settled.then(() => signal.removeEventListener('abort', abort));
  });
}
