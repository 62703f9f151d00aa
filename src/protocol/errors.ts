/** The errors that Keybound throws for outcomes; misuse is a plain TypeError. */

/** What went wrong, for `switch (error.code)`. */
export type KeyboundErrorCode =
  /** `crypto.subtle` is missing: the page is not a secure context, or the runtime is too old. */
  | 'insecure-context'
  /** No key can be made of any algorithm that the servers take. */
  | 'no-algorithm'
  /** The request's origin is not on the list: nothing was signed, nothing was sent. */
  | 'origin-refused'
  /** The server answered with a redirect: call the final URL, a proof is for one URL only. */
  | 'redirected'
  /** The token's type is not DPoP (RFC 9449 §5). */
  | 'token-type'
  /** The key is gone: `destroy` was called, here or in another tab. */
  | 'destroyed'
  | SignerErrorCode;

/** Why a signer gave no proof. */
export type SignerErrorCode = 'unavailable' | 'refused' | 'rate' | 'key-lost' | 'timeout';

/** An outcome that is no HTTP answer. `code` is stable; `message` is for people; `cause` is what lay beneath. */
export class KeyboundError<Code extends string = KeyboundErrorCode> extends Error {
  override readonly name: string = 'KeyboundError';
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
