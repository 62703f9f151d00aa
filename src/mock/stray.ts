/** Requests to nobody here: did an access token go there, in Authorization? */

import { HttpHandler } from 'msw';
import { decodeBase64url } from '../protocol/base64url.ts';
import { fromUtf8 } from '../protocol/bytes.ts';
import { parseJsonObject } from '../protocol/json.ts';
import type { Plan } from './options.ts';
import type { Route } from './wire.ts';

/**
 * Whether a request carries an access token of this issuer to an origin that is neither a server here nor its audience.
 * It looks at Authorization alone, not at URL and body.
 */
export function isStray({ url, headers }: Request, { issuer, audience, otherOrigins }: Plan, routes: readonly Route[]): boolean {
  const { origin } = new URL(url);
  const known = [...routes.map(({ base }) => base), audience, ...otherOrigins];
  if (known.some((other) => URL.canParse(other) && new URL(other).origin === origin)) return false;
  const [, payload] = /^(?:DPoP|Bearer) +[\w-]+\.([\w-]+)\.[\w-]+$/i.exec(headers.get('authorization') ?? '') ?? [];
  const bytes = payload === undefined ? undefined : decodeBase64url(payload);
  return parseJsonObject((bytes && fromUtf8(bytes)) ?? '')?.iss === issuer;
}

/** A handler that sees every request which reaches it and takes none, so that MSW does with it what it would anyway. */
export class Lookout extends HttpHandler {
  readonly #see: (request: Request) => void;

  constructor(see: (request: Request) => void) {
    super(/.+/, '*', () => undefined);
    this.#see = see;
  }

  override predicate({ request }: { readonly request: Request }): Promise<boolean> {
    this.#see(request);
    return Promise.resolve(false);
  }
}
