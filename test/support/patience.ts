/** The SDK leaves IndexedDB alone after three seconds. A disk can be busy for longer, and that is no failure of a key. */

/** From now on no `AbortSignal.timeout` of this realm ends; what its end does is tested in storage.browser.test.ts. */
export function beEndlesslyPatient(realm: typeof globalThis = globalThis): void {
  realm.AbortSignal.timeout = () => new realm.AbortController().signal;
}
