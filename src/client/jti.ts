/** Identifiers of proofs: random, fetched for many at once. */

import { encodeBase64url } from '../protocol/base64url.ts';

/** 144 random bits: RFC 9449 §4.2 asks for 96. */
const randomBytes = 18;
/** The same in base64url. */
const length = 24;
const fetched = 64;

let unused = '';

/** An identifier that no other proof has, nor will have. */
export function nextJti(): string {
  unused ||= encodeBase64url(crypto.getRandomValues(new Uint8Array(randomBytes * fetched)));
  const jti = unused.slice(0, length);
  unused = unused.slice(length);
  return jti;
}
