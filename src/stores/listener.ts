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

/**
 * What kind of failure something is that was thrown: an error's `name`, and its `code` where that is one word, as
 * `RedisStoreError: over-quota`. Its message is left out, since that may quote a request.
 */
export function failureName(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause;
  const { name, code } = cause as Error & { readonly code?: unknown };
  return typeof code === 'string' && /^[\w-]{1,64}$/.test(code) ? `${name}: ${code}` : name;
}
