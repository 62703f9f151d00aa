/** The SDK leaves IndexedDB alone after three seconds. A disk can be busy for longer, and that is no failure of a key. */

/**
 * From now on no `AbortSignal.timeout` of this realm ends: neither the one for IndexedDB, whose end storage.browser.test.ts
 * tests, nor any other, as the one of the tabs' lock.
 */
export function beEndlesslyPatient(realm: typeof globalThis = globalThis): void {
  realm.AbortSignal.timeout = () => new realm.AbortController().signal;
}
