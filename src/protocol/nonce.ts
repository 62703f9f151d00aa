/** The syntax of a `DPoP-Nonce` (RFC 9449 §8.1). */

/** Whether a header value is one nonce: printable ASCII without quote, backslash and space, at most 512 characters. */
export function isNonce(value: string | null): value is string {
  return value !== null && /^[\x21\x23-\x5b\x5d-\x7e]{1,512}$/.test(value);
}
