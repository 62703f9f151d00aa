/** The fetch for APIs: token and proof to listed origins, and to no other. */

import { KeyboundError } from '../protocol/errors.ts';
import { targetUri } from '../protocol/target-uri.ts';
import { readOrigins } from './origins.ts';
import { readRequest, refuseRedirect, send, type Session } from './send.ts';

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
  const allowed = readOrigins(origins);
  return async (input, init) => {
    const request = readRequest(input, init);
    const url = new URL(request.url);
    if (!allowed.has(url.origin)) {
      session.emit('refused', { url: targetUri(url) });
      throw new KeyboundError('origin-refused', `${url.origin} is not among the protected origins`);
    }
    if (request.headers.has('Authorization')) throw new TypeError('Keybound sets the Authorization header: leave it out');
    const token = readToken(await accessToken({ url }));
    return token ? send(session, request, 'resource-server', token) : refuseRedirect(await session.fetch(request), targetUri(url));
  };
}

function readToken(token: Token | undefined): string | undefined {
  if (typeof token !== 'object') return token;
  if (token.tokenType && token.tokenType.toLowerCase() !== 'dpop')
    throw new KeyboundError('token-type', `The token's type is ${token.tokenType}, not DPoP`);
  return token.accessToken;
}
