/** The clock that nobody sets (performance.now), for tests in which the other one is set back. */

let own: (() => number) | undefined;
let passedSeconds = 0;

/**
 * Lets seconds pass on it, and a millisecond: a browser's own clock may stand still meanwhile, and the difference of two times
 * that lie exactly so many seconds apart may come out a little smaller. They stay: it never goes back.
 */
export function passSteadily(seconds: number): void {
  passedSeconds += seconds + 0.001;
  if (own) return;
  const now = (own = performance.now.bind(performance));
  performance.now = () => now() + passedSeconds * 1000;
}
