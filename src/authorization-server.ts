/** `keybound/authorization-server`: binds tokens to keys, and issues them (RFC 9449 §5). */

export { createAuthorizationServer } from './authorization/authorization-server.ts';
export type { AuthorizationServer, IssuedToken, IssueParameters } from './authorization/authorization-server.ts';
export { memoryGrantStorage, type MemoryGrantStorageOptions } from './authorization/grant.ts';
export type { AuthorizeParameters, Grant, GrantStorage } from './authorization/grant.ts';
export { generateSigningKey, type SigningKeyPair, type SigningKeys } from './authorization/signing-key.ts';
export type { IntrospectionCaller } from './authorization/caller.ts';
export type { AccessTokenEncryption } from './authorization/access-token.ts';
export type { Authenticate, Login, LoginRequest } from './authorization/login.ts';
export type { BindDecision, TokenRequest } from './authorization/bind.ts';
export type { FailureEvent, OnFailure } from './authorization/failure-event.ts';
export type { BindDenyCode } from './authorization/refusal.ts';
export type { AuthorizationServerOptions, Client, Endpoints } from './authorization/settings.ts';
export type { NoncePolicy } from './verifier/nonce.ts';
export type { NonceSecret } from './verifier/secrets.ts';
export { memoryReplayStore, type MemoryReplayStoreOptions } from './stores/memory-replay-store.ts';
export type { Claim, ReplayStore, Spending, SpendOutcome } from './stores/replay-store.ts';
export { memoryRevocation } from './stores/memory-revocation.ts';
export type { NotBeforeRevocation, Revocation, RevocationSink, RevocationSource, TokenIdentity, TokenRevocation } from './stores/revocation.ts';
