/**
 * What stands between a page and its servers: TLS that ends in front of them, and the browser's CORS. So the guides' code
 * runs with the https URLs that it shows, while each server is a real one on loopback.
 */

/** Public origins, each with the server on loopback that it leads to. */
export type Routes = ReadonlyMap<string, { readonly origin: string }>;

export const pageOrigin = 'https://app.example.com';

const safelisted = ['cache-control', 'content-language', 'content-length', 'content-type', 'expires', 'last-modified', 'pragma'];

/** Puts itself in the place of the global fetch; what it gives undoes that. */
export function installNetwork(routes: Routes): () => void {
  const { fetch } = globalThis;

  async function reach(request: Request, more: Record<string, string> = {}): Promise<Response> {
    const { origin, pathname, search } = new URL(request.url);
    const server = routes.get(origin);
    if (!server) throw new TypeError(`Nothing answers at ${origin}`);
    const headers = new Headers(request.headers);
    for (const [name, value] of Object.entries({ Origin: pageOrigin, ...more })) headers.set(name, value);
    const body = request.method === 'GET' || request.method === 'HEAD' ? null : await request.clone().arrayBuffer();
    return fetch(server.origin + pathname + search, { method: request.method, headers, body, redirect: 'manual', signal: request.signal });
  }

  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    // What a server fetches, key sets and metadata, bears neither; for a page these two are never safelisted.
    const asked = ['authorization', 'dpop'].filter((name) => request.headers.has(name));
    if (asked.length) await preflight(request, asked);
    const response = await reach(request);
    if (asked.length) assertAllowed(response, 'Access-Control-Allow-Origin', pageOrigin);
    return asPageSees(response);
  };

  async function preflight({ url, method }: Request, asked: readonly string[]): Promise<void> {
    const preflightHeaders = { 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': asked.join() };
    const answer = await reach(new Request(url, { method: 'OPTIONS' }), preflightHeaders);
    if (!answer.ok) throw new TypeError(`Blocked by CORS: the preflight's status is ${answer.status}`);
    assertAllowed(answer, 'Access-Control-Allow-Origin', pageOrigin);
    for (const name of asked) assertAllowed(answer, 'Access-Control-Allow-Headers', name);
  }

  return () => void (globalThis.fetch = fetch);
}

function assertAllowed({ headers }: Response, name: string, wanted: string): void {
  const allowed = listOf(headers, name);
  if (!allowed.includes(wanted) && !(wanted === pageOrigin && allowed.includes('*'))) throw new TypeError(`Blocked by CORS: ${name} lacks ${wanted}`);
}

/** The answer without the headers that scripts of another origin may not read. */
function asPageSees(response: Response): Response {
  const readable = [...safelisted, ...listOf(response.headers, 'Access-Control-Expose-Headers')];
  const headers = [...response.headers].filter(([name]) => readable.includes(name));
  const { status, body } = response;
  return new Response(body, { status, headers });
}

const listOf = (headers: Headers, name: string) => (headers.get(name) ?? '').split(',').map((entry) => entry.trim().toLowerCase());
