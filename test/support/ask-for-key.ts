/** Keys from browsers that now and then give none. */

/** A new key: WebKitGTK fails to make an Ed25519 one where either half begins with a zero, once in 128 times. */
export function askForKey<Key>(generate: () => Promise<Key>): Promise<Key> {
  return generate().catch(generate).catch(generate);
}
