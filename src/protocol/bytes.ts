/** Text as bytes, and what the rooms pass in where bytes are worked on. */

/** SHA-256 of some bytes (FIPS 180-4): the one digest of DPoP. */
export type Digest = (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer> | ArrayBuffer>;

/** UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** The text of UTF-8 bytes, or undefined where they are not UTF-8 (RFC 7519 §7.2 step 10). */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
