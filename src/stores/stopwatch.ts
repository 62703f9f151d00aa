/** How long ago something was, whatever is done to the clock meanwhile. */

/** A clock that nobody sets: it tells how much time has passed, not what time it is. */
export const steadySeconds = (): number => performance.now() / 1000;

/**
 * Starts to count; what it gives says how many seconds have passed since: by the clock or by one that nobody sets,
 * whichever says more. So a clock that is set back makes nothing young, and one that is set forward makes things old.
 */
export function startStopwatch(nowSeconds: () => number): () => number {
  const startSeconds = nowSeconds();
  const steadyStart = steadySeconds();
  return () => Math.max(Math.abs(nowSeconds() - startSeconds), steadySeconds() - steadyStart);
}

/** The stopwatch of what never was. */
export const neverStarted = (): number => Infinity;
