/** `keybound/resource-server`: verifies DPoP-bound access tokens (RFC 9449 §7). */

export { createResourceServer, type ResourceServer } from './resource/verify.ts';
export type { ResourceServerOptions } from './resource/options.ts';
export type { KeyResolver, TrustedIssuer } from './resource/issuers.ts';
export type { IntrospectionCall, IntrospectionOptions } from './resource/introspection.ts';
export type { DecryptionKey, DecryptionOptions } from './resource/decryption.ts';
export type { PublicUrlOf, ResourceRequest } from './resource/envelope.ts';
export { forwardedUrl, type ForwardedUrlOptions } from './resource/forwarded-url.ts';
export type { AccessTokenClaims } from './resource/claims.ts';
export type { AllowDecision, Decision, DenyDecision, Scheme, Step } from './resource/decision.ts';
export type { DecisionEvent, OnDecision } from './resource/decision-event.ts';
export type { DenyCode } from './resource/denials.ts';
export { refuseFormToken, type FormBody, type FormTokenOptions } from './resource/form-token.ts';
export { createCors, type Cors, type CorsOptions, type CorsRequest } from './resource/cors.ts';
export { createTickets, type IssuedTicket, type SocketAllowance, type TicketOptions, type Tickets } from './resource/tickets.ts';
export type { TicketDenial, TicketDenyCode } from './resource/ticket-denials.ts';
export type { NoncePolicy } from './verifier/nonce.ts';
export type { NonceSecret } from './verifier/secrets.ts';
export { memoryReplayStore, type MemoryReplayStoreOptions } from './stores/memory-replay-store.ts';
export type { Claim, ReplayStore, Spending, SpendOutcome } from './stores/replay-store.ts';
export { memoryRevocation } from './stores/memory-revocation.ts';
export { mirroredRevocation, type MirroredRevocation, type MirroredRevocationOptions } from './stores/mirrored-revocation.ts';
export type { FeedEntry, FeedPage, FeedPosition, FeedSnapshot, RevocationFeed } from './stores/revocation-feed.ts';
export type {
  NotBeforeRevocation, Revocation, RevocationSink, RevocationSource, TokenIdentity, TokenRevocation,
} from './stores/revocation.ts';
export {
  fromNode, guardNode, refuseUpgrade, sendResponse,
  type GuardedNodeRequest, type NodeGuard, type NodeGuardOptions, type NodeRequest, type NodeResponse, type NodeSocket,
  type NodeUrlOptions,
} from './adapters/node.ts';
export { guardFetch, type GuardedHandler, type GuardedRequest } from './adapters/web.ts';
