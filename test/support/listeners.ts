/** Listeners for metrics as users write them: none of them may cost a request. */

/** What each one does, and the listener. */
export const brokenListeners: readonly (readonly [fault: string, listener: () => void])[] = [
  ['throws', () => { throw new Error('broken'); }],
  ['rejects', () => Promise.reject(new Error('broken'))],
  ['never settles', () => new Promise(() => {})],
];
