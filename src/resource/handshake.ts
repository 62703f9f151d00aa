/** What a WebSocket's handshake carries, before anything in it is read. */

import { readFields, readTarget, type EnvelopeLimits, type ResourceRequest, type Target } from './envelope.ts';
import type { TicketDenyCode } from './ticket-denials.ts';

/** What a handshake offers: what was called, the proof, and the app's own subprotocol. */
export interface Offer {
  readonly target: Target;
  readonly proof: string;
  readonly protocol: string;
}

const proofPrefix = 'dpop.';

/** What a handshake is read by. */
export interface HandshakeLimits extends Pick<EnvelopeLimits, 'maxProofBytes' | 'publicUrl'> {
  readonly origins: readonly string[] | '*';
}

/** Reads a handshake (RFC 6455 §4.1): its origin is on the list, and among the subprotocols stands one proof, beside another. */
export function readHandshake(request: ResourceRequest, { origins, maxProofBytes, publicUrl }: HandshakeLimits): Offer | TicketDenyCode {
  const fields = readFields(request.headers, ['origin', 'host', 'sec-websocket-protocol']);
  const target = readTarget(request, fields.host, publicUrl);
  if (!target || fields.origin.length > 1) return 'malformed_request';
  if (origins !== '*' && !fields.origin.every((origin) => origins.includes(origin))) return 'origin_not_allowed';
  // A list, in one field or in several (RFC 6455 §11.3.4).
  const offered = fields['sec-websocket-protocol'].join().split(',').map((value) => value.trim()).filter(Boolean);
  const proofs = offered.filter((value) => value.startsWith(proofPrefix)).map((value) => value.slice(proofPrefix.length));
  const protocol = offered.find((value) => !value.startsWith(proofPrefix));
  const [proof] = proofs;
  if (proof === undefined) return 'proof_missing';
  if (proofs.length > 1 || protocol === undefined || proof.length > maxProofBytes) return 'malformed_request';
  return { target, proof, protocol };
}
