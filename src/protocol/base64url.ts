/** Base64url without padding (RFC 7515 §2): the writer beside the strict reader. */

import { fromUtf8 } from './bytes.ts';

/** The base64url text of some bytes, without padding: of a few kilobytes at most, as engines bound the arguments of a call. */
export function encodeBase64url(bytes: Uint8Array | ArrayBuffer): string {
  const all = new Uint8Array(bytes) as Uint8Array & { toBase64?(options: object): string };
  // Where the engine has it, it takes a fraction of the time (Uint8Array to and from base64, ES2026).
  if (all.toBase64) return all.toBase64({ alphabet: 'base64url', omitPadding: true });
  return btoa(String.fromCharCode(...all)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const foreign = 0xff;
/** What each character of the alphabet stands for, by its code. */
const values = /* @__PURE__ */ Uint8Array.from({ length: 128 }, (_, code) => {
  const value = alphabet.indexOf(String.fromCharCode(code));
  return value === -1 ? foreign : value;
});

/** What the last character may be, by the length's remainder: it leaves no bit over that is not zero (RFC 4648 §3.5). */
const endings = [/$/, /(?!)/, /[AQgw]$/, /[AEIMQUYcgkosw048]$/];

/**
 * The bytes of a base64url text, or undefined where it is not canonical: padding, a foreign character, an impossible
 * length, or bits left over that are not zero. One value has one spelling, so that nobody can vary a signed text.
 */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array((text.length * 6) >> 3);
  let [held, bits, length] = [0, 0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const value = values[text.charCodeAt(at)] ?? foreign;
    if (value === foreign) return undefined;
    held = ((held & 0xff) << 6) | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length++] = held >> bits;
  }
  // What is left over belongs to no byte: fewer than six bits, and all of them zero.
  return bits < 6 && (held & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}

/** The text whose UTF-8 a base64url text is; undefined where that is not canonical, or the bytes are not UTF-8. */
export function decodeBase64urlText(text: string): string | undefined {
  const binary = decodeBinary(text);
  // What is ASCII need not go through bytes: that is nearly all of JSON.
  return binary === undefined || /^[\0-\x7f]*$/.test(binary) ? binary : fromUtf8(bytesOf(binary));
}

function decodeBinary(text: string): string | undefined {
  if (!/^[\w-]*$/.test(text) || !endings[text.length % 4]!.test(text)) return undefined;
  return atob(text.replaceAll('-', '+').replaceAll('_', '/'));
}

// A loop: it takes a fraction of what Uint8Array.from() does.
function bytesOf(binary: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** Whether a value has the shape of 256 bits in base64url: a thumbprint (RFC 7638), a PKCE challenge (RFC 7636). */
export function isSha256(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{43}$/.test(value);
}
