/** Asks again and again until an answer is good, for what no event tells. */

import { setTimeout as pause } from 'node:timers/promises';

/**
 * The first answer that is neither false nor undefined.
 *
 * @throws Error where there is none in time.
 */
export async function until<T>(ask: () => T | Promise<T>, { timeoutSeconds = 50 } = {}): Promise<Exclude<T, false | undefined>> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  while (performance.now() < deadline) {
    const answer = await ask();
    if (answer !== false && answer !== undefined) return answer as Exclude<T, false | undefined>;
    await pause(5);
  }
  throw new Error(`Not within ${timeoutSeconds} s`);
}
