/** What the page needs of the browser, and what to say where it is missing. */

/** The obstacle in one sentence, or undefined where there is none. */
export function findObstacle(): string | undefined {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle)
    return 'This page needs a secure context: open it at http://localhost, or over https. Browsers offer WebCrypto nowhere else.';
  return undefined;
}
