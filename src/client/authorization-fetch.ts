/** The fetch for authorization servers and OAuth libraries: it signs where a proof belongs, and passes all else on. */

import { readRequest, send, type Session } from './send.ts';

/** See {@link Keybound.fetch}. */
export function authorizationFetch(session: Session, servers: ReadonlySet<string>): typeof globalThis.fetch {
  return async (input, init) => {
    // Looked at, not rebuilt: what is passed on must reach fetch untouched.
    const asked = { ...pick(input as Partial<Request>), ...init };
    const url = new URL((input as Partial<Request>).url ?? String(input), globalThis.location?.href);
    const [, token] = /^(?:Bearer|DPoP) +(.+)$/i.exec(new Headers(asked.headers).get('Authorization') ?? '') ?? [];
    if (!servers.has(url.origin) || !(token || asked.method?.toUpperCase() === 'POST')) return session.fetch(input, init);
    return send(session, readRequest(input, init), token ? 'resource-server' : 'authorization-server', token);
  };
}

function pick({ method, headers }: Partial<Request>): RequestInit {
  return { ...(method && { method }), ...(headers && { headers }) };
}
