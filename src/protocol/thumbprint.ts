/** JWK thumbprints (RFC 7638): the `jkt` that a token names and a proof's key must match. */

import { encodeBase64url } from './base64url.ts';
import { utf8, type Digest } from './bytes.ts';
import type { PublicJwk } from './jwk.ts';

/**
 * The `jkt` of a public key: base64url of SHA-256 over its required members in lexicographic order (RFC 7638 §3).
 *
 * It takes a key that {@link PublicJwk} describes, whatever the order of its members; it does not check that the key
 * is well formed.
 */
export async function thumbprint(jwk: PublicJwk, digest: Digest): Promise<string> {
  // The list names what any key type requires, and gives the order.
  return encodeBase64url(await digest(utf8(JSON.stringify(jwk, ['crv', 'e', 'kty', 'n', 'x', 'y']))));
}
