/** Base64url without padding (RFC 7515 §2): the writer beside the strict reader. */

/** The base64url text of some bytes, without padding: of a few kilobytes at most, as engines bound the arguments of a call. */
export function encodeBase64url(bytes: Uint8Array | ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** What the last character may be, by the length's remainder: it leaves no bit over that is not zero (RFC 4648 §3.5). */
const endings = [/$/, /(?!)/, /[AQgw]$/, /[AEIMQUYcgkosw048]$/];

/**
 * The bytes of a base64url text, or undefined where it is not canonical: padding, a foreign character, an impossible
 * length, or bits left over that are not zero. One value has one spelling, so that nobody can vary a signed text.
 */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(text) || !endings[text.length % 4]!.test(text)) return undefined;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** Whether a value has the shape of 256 bits in base64url: a thumbprint (RFC 7638), a PKCE challenge (RFC 7636). */
export function isSha256(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{43}$/.test(value);
}
