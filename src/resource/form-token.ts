/** Access tokens in form bodies (RFC 6750 §2.2): not a way to send one here, and not one beside another. */

import { deny, type DenyDecision } from './decision.ts';

/** A request's body, as whoever parses forms has it. */
export interface FormBody {
  readonly contentType: string | null | undefined;
  readonly body: string | URLSearchParams;
}

/**
 * Denies a request whose form body names an `access_token`, as `malformed_request` (RFC 6750 §2, §3.1); undefined for
 * every other body. `verify` sees no body and takes no token from one, so that nobody gets in that way; this tells a
 * client that its token went where logs and other parsers find it. Call it where the form is parsed.
 *
 * Not read: multipart bodies, which RFC 6750 does not let tokens travel in.
 *
 * @param options.proofAlgorithms what the challenge offers: the server's own list. Default: Ed25519, EdDSA and ES256.
 */
export function refuseFormToken(
  { contentType, body }: FormBody,
  { proofAlgorithms = ['Ed25519', 'EdDSA', 'ES256'] }: { readonly proofAlgorithms?: readonly string[] } = {},
): DenyDecision | undefined {
  const type = contentType?.split(';')[0]!.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded' || !new URLSearchParams(body).has('access_token')) return undefined;
  const terms = { algorithms: proofAlgorithms, takesBearer: false };
  return deny({ step: 1, code: 'malformed_request' }, { scheme: 'DPoP', terms, nonce: undefined });
}
