/** The browser SDK: a key that cannot be exported, and a fetch that proves its possession. */

export { createKeybound, type Keybound, type KeyboundOptions } from './client/keybound.ts';
export type { ProtectOptions } from './client/protect.ts';
export type { Token, TokenOptions } from './client/tokens.ts';
export { corsDoctor } from './client/cors-doctor.ts';
export { printEvents } from './client/print-events.ts';
export { createProof, createSigner, type ProofOptions } from './client/create-proof.ts';
export { SignerError, type ProofContext, type ProofRequest, type Signer } from './client/signer.ts';
export type { ServerRole } from './client/answer.ts';
export type { AnswerDetail, AttemptDetail, ChallengeDetail, KeyboundEvent, KeyboundEventDetails, KeyboundEventTarget, ReadableDetail } from './client/events.ts';
export { KeyboundError, type KeyboundErrorCode, type SignerErrorCode } from './protocol/errors.ts';
