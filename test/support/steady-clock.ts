/** The clock that nobody sets (performance.now), for tests in which the other one is set back. */

let own: (() => number) | undefined;
let passedSeconds = 0;

/** Lets seconds pass on it. They stay: it never goes back. */
export function passSteadily(seconds: number): void {
  passedSeconds += seconds;
  if (own) return;
  const now = (own = performance.now.bind(performance));
  performance.now = () => now() + passedSeconds * 1000;
}
