/** The fetch for APIs: token and proof to listed origins, and to no other. */

import { readOrigins } from './origins.ts';
import { readRequest } from './outgoing.ts';
import { send, type Passport, type Session } from './send.ts';
import { tokenReader, type TokenOptions } from './tokens.ts';

/** Which APIs are protected, and with which token. */
export interface ProtectOptions extends TokenOptions {
  /** Bare https origins (loopback may be http); requests elsewhere are refused before anything is signed. */
  readonly origins: readonly string[];
  /**
   * Bare origins of APIs that have not moved yet: they get the token as plain Bearer, without a proof, and only they.
   * Default none. An origin cannot be on both lists.
   */
  readonly bearerOrigins?: readonly string[];
  /**
   * Whether a body that is a stream, which can be sent but once, has a HEAD request of the same URL go before it where no
   * nonce is known. Default false: a challenge to such a request is returned as it is.
   */
  readonly prime?: boolean;
}

/** See {@link Keybound.protect}. */
export function protect(session: Session, options: ProtectOptions): typeof globalThis.fetch {
  const { bearerOrigins = [], prime } = options;
  const origins = readOrigins(options.origins);
  const bearer = readOrigins(bearerOrigins);
  const both = bearerOrigins.find((origin) => origins.has(origin));
  if (both) throw new TypeError(`Both DPoP and Bearer: ${both}`);
  const accessToken = tokenReader(session, options, bearer);
  const passport: Passport = { origins, bearerOrigins: bearer, accessToken, prime };
  return async (input, init) => send(session, readRequest(input, init, ['DPoP', 'no-cors', 'Authorization']), passport);
}
