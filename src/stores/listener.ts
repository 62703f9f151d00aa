/** Listeners of the user's, for metrics and logs: no request may fail for one. */

/**
 * A listener as the servers call it: whatever it throws or rejects with is dropped, since no metric is worth a request.
 *
 * @throws TypeError where it is no function.
 */
export function harmless<Event>(listener: (event: Event) => void, option: string): (event: Event) => void {
  if (typeof listener !== 'function') throw new TypeError(`${option} must be a function`);
  return (event) => {
    try {
      const returned: unknown = listener(event);
      if (returned !== undefined) Promise.resolve(returned).catch(() => {});
    } catch {
      // Dropped as well.
    }
  };
}

/** What kind of failure something is that was thrown: its `name`, which holds nothing of a request. */
export function failureName(cause: unknown): string {
  return cause instanceof Error ? cause.name : typeof cause;
}
