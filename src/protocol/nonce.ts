/** The syntax of a `DPoP-Nonce` (RFC 9449 §8.1). */

/** Whether a header value is one nonce: printable ASCII without space, quote and backslash. Two nonces are none. */
export function isNonce(value: string): boolean {
  return /^[!#-[\]-~]+$/.test(value);
}
