/** The clock that nobody sets (performance.now), for tests in which the other one is set back. */

let own: (() => number) | undefined;
let passedSeconds = 0;
let standsAt: number | undefined;

/**
 * Lets seconds pass on it, and a millisecond: a browser's own clock may stand still meanwhile, and the difference of two times
 * that lie exactly so many seconds apart may come out a little smaller. They stay: it never goes back.
 */
export function passSteadily(seconds: number): void {
  passedSeconds += seconds + 0.001;
  if (standsAt !== undefined) standsAt += (seconds + 0.001) * 1000;
  take();
}

/** Lets it stand still until {@link goOn}: what is to happen within a second does so on a busy machine, too. `until` has no end meanwhile. */
export function standStill(): void {
  standsAt = performance.now();
  take();
}

/** Lets it go on, with the time that has passed meanwhile. */
export function goOn(): void {
  standsAt = undefined;
}

function take(): void {
  if (own) return;
  const now = (own = performance.now.bind(performance));
  performance.now = () => standsAt ?? now() + passedSeconds * 1000;
}
