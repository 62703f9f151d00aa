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
      throw new KeyboundError('origin-refused', url.origin);
    }
    if (request.headers.has('Authorization')) throw new TypeError('Leave the Authorization header to Keybound');
    const token = readToken(await accessToken({ url }));
    return token ? send(session, request, 'RS', token) : refuseRedirect(await session.fetch(request), targetUri(url));
  };
}

function readToken(token: Token | undefined): string | undefined {
  const { accessToken, tokenType = 'DPoP' } = Object(token) as Partial<Exclude<Token, string>>;
  if (!/^dpop$/i.test(tokenType)) throw new KeyboundError('token-type', tokenType);
  return accessToken ?? (token as string | undefined);
}
