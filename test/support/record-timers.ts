/** What times timers are given. */

/** Writes down how many milliseconds each `setTimeout` is given, until `restore`. They end as ever. */
export function recordTimers() {
  const { setTimeout } = globalThis;
  const delays: unknown[] = [];
  const record = (...given: Parameters<typeof setTimeout>) => {
    delays.push(given[1]);
    return setTimeout(...given);
  };
  Object.assign(globalThis, { setTimeout: record });
  return { delays, restore: () => void Object.assign(globalThis, { setTimeout }) };
}
