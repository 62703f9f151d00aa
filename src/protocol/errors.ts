/** The errors that Keybound throws for outcomes; misuse is a plain TypeError. */

/** What went wrong, for `switch (error.code)`. */
export type KeyboundErrorCode =
  /** `crypto.subtle` is missing: the page is neither https nor localhost, or the runtime is too old. */
  | 'insecure-context'
  /** No key can be made of any algorithm that the servers take. */
  | 'no-algorithm'
  /** The request's origin is not on the list: nothing was signed, nothing was sent. */
  | 'origin-refused'
  /** The server answered with a redirect: call the final URL instead, a proof is for one URL only. */
  | 'redirected'
  /** The token's type is not DPoP (RFC 9449 §5). */
  | 'token-type'
  /** The likely reason of a TypeError that fetch does not explain, told by `corsDoctor`: CORS hides something. */
  | 'hidden'
  /** The key is gone: `destroy` was called, here or in another tab. */
  | 'destroyed'
  /** This instance was closed: ask `createKeybound` for another. */
  | 'closed'
  | SignerErrorCode;

/**
 * Why a signer gave no proof: it cannot be reached, its policy says no, too many were asked for, it holds another key
 * than expected (or none), or it did not answer in time.
 */
export type SignerErrorCode = 'unavailable' | 'refused' | 'rate' | 'key-lost' | 'timeout';

/**
 * An outcome that is no HTTP answer. `code` is stable; `message` is the code and, where there is one, the URL or value
 * that it is about; `cause` is what lay beneath.
 */
export class KeyboundError<Code extends string = KeyboundErrorCode> extends Error {
  override readonly name: string = 'KeyboundError';
  declare readonly code: Code;

  constructor(code: Code, about?: string, options?: ErrorOptions) {
    super(about ? `${code}: ${about}` : code, options);
    this.code = code;
  }
}
