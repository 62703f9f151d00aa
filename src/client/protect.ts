/** The fetch for APIs: token and proof to listed origins, and to no other. */

import { KeyboundError } from '../protocol/errors.ts';
import { readOrigins } from './origins.ts';
import { readRequest, send, type Passport, type Session } from './send.ts';

/** An access token, bare or with what the token response said of it. */
export type Token =
  | string
  | {
      readonly accessToken: string;
      /** `token_type` of the token response: anything but DPoP is refused (RFC 9449 §5). */
      readonly tokenType?: string;
      readonly expiresAtSeconds?: number;
    };

/** Which APIs are protected, and with which token. */
export interface ProtectOptions {
  /** Bare https origins (loopback may be http); requests elsewhere are refused before anything is signed. */
  readonly origins: readonly string[];
  /** Asked before each request. Without a token the request goes out bare, with neither token nor proof. */
  accessToken(context: { readonly url: URL }): Token | undefined | Promise<Token | undefined>;
}

/** See {@link Keybound.protect}. */
export function protect(session: Session, { origins, accessToken }: ProtectOptions): typeof globalThis.fetch {
  const passport: Passport = {
    origins: readOrigins(origins),
    accessToken: async (context) => readToken(await accessToken(context)),
  };
  return async (input, init) => send(session, readRequest(input, init, ['DPoP', 'no-cors', 'Authorization']), passport);
}

function readToken(token: Token | undefined): string | undefined {
  if (Object(token) !== token) return token as string | undefined;
  const { accessToken, tokenType = 'DPoP' } = token as Exclude<Token, string>;
  if (!/^dpop$/i.test(tokenType)) throw new KeyboundError('token-type', tokenType);
  return accessToken;
}
