/** The clock that nobody sets (performance.now), for tests in which the other one is set back. */

/** Lets seconds pass on it. They stay: it never goes back. */
export function passSteadily(seconds: number): void {
  const before = performance.now.bind(performance);
  performance.now = () => before() + seconds * 1000;
}
