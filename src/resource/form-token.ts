/** Access tokens in form bodies (RFC 6750 §2.2): not a way to send one here, and not one beside another. */

import { readBoundedText } from '../verifier/bounded-body.ts';
import { deny, type DenyDecision } from './decision.ts';

/** A request's body, as whoever parses forms has it. */
export interface FormBody {
  readonly contentType: string | null | undefined;
  /** Its text, its `URLSearchParams`, or the object that a parser made of it; nothing else holds a token. */
  readonly body: unknown;
}

/** How a token in a form is refused. */
export interface FormTokenOptions {
  /** What the challenge offers: the server's own list. Default: Ed25519, EdDSA and ES256. */
  readonly proofAlgorithms?: readonly string[];
}

/**
 * Denies a request whose form body names an `access_token`, as `malformed_request` (RFC 6750 §2, §3.1); undefined for
 * every other body. `verify` sees no body and takes no token from one, so that nobody gets in that way; this tells a
 * client that its token went where logs and other parsers find it. Call it where the form is parsed.
 *
 * Not read: multipart bodies, which RFC 6750 does not let tokens travel in.
 */
export function refuseFormToken(
  { contentType, body }: FormBody,
  { proofAlgorithms = ['Ed25519', 'EdDSA', 'ES256'] }: FormTokenOptions = {},
): DenyDecision | undefined {
  if (!isForm(contentType) || !hasToken(body)) return undefined;
  const terms = { algorithms: proofAlgorithms, takesBearer: false };
  return deny({ step: 1, code: 'malformed_request' }, { scheme: 'DPoP', terms, nonce: undefined });
}

const maxFormBytes = 65_536;

/** The same for a Request, of which a copy of the body is read, up to 64 KiB. @throws what reading rejects with. */
export async function refuseFormTokenOf(request: Request, options: FormTokenOptions = {}): Promise<DenyDecision | undefined> {
  const contentType = request.headers.get('content-type');
  if (!isForm(contentType)) return undefined;
  return refuseFormToken({ contentType, body: await readBoundedText(request.clone(), maxFormBytes) }, options);
}

function isForm(contentType: string | null | undefined): boolean {
  return contentType?.split(';')[0]!.trim().toLowerCase() === 'application/x-www-form-urlencoded';
}

function hasToken(body: unknown): boolean {
  if (typeof body === 'string' || body instanceof URLSearchParams) return new URLSearchParams(body).has('access_token');
  return typeof body === 'object' && body !== null && Object.hasOwn(body, 'access_token');
}
