/** The browser SDK: a key that cannot be exported, and a fetch that proves its possession. */

export { createKeybound, type Keybound, type KeyboundOptions } from './client/keybound.ts';
export type { ProtectOptions, Token } from './client/protect.ts';
export { createProof, createSigner, type ProofOptions } from './client/create-proof.ts';
export { SignerError, type ProofRequest, type Signer } from './client/signer.ts';
export type { ServerRole } from './client/nonces.ts';
export type { AttemptDetail, KeyboundEvent, KeyboundEventDetails, KeyboundEventTarget } from './client/events.ts';
export { KeyboundError, type KeyboundErrorCode, type SignerErrorCode } from './protocol/errors.ts';
