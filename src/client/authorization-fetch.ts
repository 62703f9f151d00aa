/** The fetch for authorization servers and OAuth libraries: it signs where a proof belongs, and passes all else on. */

import { readRequest } from './outgoing.ts';
import { network, send, type Session } from './send.ts';

/** See {@link Keybound.fetch}. */
export function authorizationFetch(session: Session, origins: ReadonlySet<string>): typeof globalThis.fetch {
  return async (input, init) => {
    // Looked at, not rebuilt: what is passed on must reach fetch untouched. A string or a URL has none of these.
    const { url = new Request(input).url, method, headers } = input as Partial<Request>;
    const { origin } = new URL(url);
    const authorization = new Headers(init?.headers ?? headers).get('Authorization');
    const token = authorization?.match(/^(?:Bearer|DPoP) +(.+)/i)?.[1];
    const isPost = /^post$/i.test((init?.method ?? method)!);
    if (!origins.has(origin) || !(token || isPost)) return network(session, input, init);
    return send(session, readRequest(input, init, ['DPoP', 'no-cors']), { origins, accessToken: token ? async (_url, _signal, refused) => (refused ? undefined : token) : undefined });
  };
}
