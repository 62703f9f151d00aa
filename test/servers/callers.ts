/** An API as libraries call it: what they speak, behind the real verifier, with nonces that are good once. */

import { graphql, buildSchema } from 'graphql';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { Duplex } from 'node:stream';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { appRouter } from '../../examples/callers/trpc-router.ts';
import { createCors, createResourceServer, fromNode, type AccessTokenClaims, type AllowDecision, type ResourceServerOptions } from '../../src/resource-server.ts';
import { createSampleRunner } from '../support/run-sample.ts';
import { toRequest, type Listening } from './listen.ts';
import { peek } from './proof-check.ts';

/** One request as the API saw it. Preflights are none. */
export interface CallSighting {
  readonly method: string;
  /** Path and query, without the run's name. */
  readonly path: string;
  readonly jti: unknown;
  /** `allow`, or the code of the denial. */
  readonly code: string;
  readonly lastEventId: string | null;
  /** Whether the caller went away before the answer was whole. */
  isAborted: boolean;
}

/** The exports of the guide's sample of the server half. */
interface SocketSample {
  answerTicket(allowed: AllowDecision, response: ServerResponse): Promise<void>;
  openSocket(message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
}

const schema = buildSchema('type Query { orders: [String!]! } type Mutation { order(item: String!): String! }');

/**
 * Starts it for pages of one origin. Each test has a name of its own, the first segment of all paths: `GET /<name>/seen`
 * tells, to anybody, what came below it.
 */
export async function startCallers(options: ResourceServerOptions, pageOrigin: string): Promise<Listening> {
  const cors = createCors({ origins: [pageOrigin], requestHeaders: ['content-type', 'last-event-id'] });
  const runs = new Map<string, { readonly seen: CallSighting[]; failures: number; readonly parts: Map<number, Buffer> }>();
  const runOf = (name: string) => {
    if (!runs.has(name)) runs.set(name, { seen: [], failures: 0, parts: new Map() });
    return runs.get(name)!;
  };

  const server = createServer((message, target) => {
    serve(message, target).catch((error: unknown) => {
      console.error(error);
      message.socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const resourceServer = createResourceServer(options);

  // The server half, as the guide has it.
  const samples = createSampleRunner('docs/guides/callers.md');
  const answerMessage = ({ sub }: AccessTokenClaims, text: string) => `${sub} said ${text}`;
  const taken = { serverOptions: options, pageOrigin, publicUrl: new URL(origin), answerMessage };
  Object.assign(globalThis, taken);
  const sockets = await samples.run<SocketSample>('sockets', 'answerTicket', 'openSocket');
  samples.remove();
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (message, socket, head) => {
    upgraded.add(socket.once('close', () => upgraded.delete(socket)));
    void sockets.openSocket(message, socket, head);
  });

  async function serve(message: IncomingMessage, target: ServerResponse): Promise<void> {
    const request = await toRequest(message, origin);
    cors.headers(request).forEach((value, name) => target.setHeader(name, value));
    const preflight = cors.preflight(request);
    if (preflight) return stream(target, preflight);
    const url = new URL(request.url);
    const [, name = '', ...segments] = url.pathname.split('/');
    const path = `/${segments.join('/')}`;
    const run = runOf(name);
    if (path === '/seen') return stream(target, Response.json(run.seen));
    const decision = await resourceServer.verify(fromNode(message, { publicUrl: origin }));
    const proof = peek(request.headers.get('DPoP'));
    const sighting: CallSighting = {
      method: request.method, path: path + url.search, jti: proof?.jti, lastEventId: request.headers.get('Last-Event-ID'),
      code: decision.ok ? 'allow' : decision.code, isAborted: false,
    };
    run.seen.push(sighting);
    target.once('close', () => (sighting.isAborted = !target.writableFinished));
    decision.headers.forEach((value, header) => target.setHeader(header, value));
    if (!decision.ok) return stream(target, decision.response());
    if (path === '/ticket') return sockets.answerTicket(decision, target);
    const answer = await answerAt(path, { request, decision, run, base: `/${name}` });
    // No answer at all: the caller is kept waiting.
    if (answer) await stream(target, answer);
  }

  async function answerAt(
    path: string,
    { request, decision, run, base }: { request: Request; decision: AllowDecision; run: ReturnType<typeof runOf>; base: string },
  ): Promise<Response | undefined> {
    const { sub = '' } = decision.claims;
    const { searchParams } = new URL(request.url);
    if (path.startsWith('/slow')) return undefined;
    if (path.startsWith('/refused')) return Response.json({ error: 'invalid_token' }, { status: 401, headers: { 'WWW-Authenticate': 'DPoP error="invalid_token"' } });
    if (path.startsWith('/flaky') && run.failures++ < Number(searchParams.get('failures'))) return Response.json({ error: 'busy' }, { status: 503 });
    if (path === '/graphql') {
      const { query, variables } = (await request.json()) as { query: string; variables?: Record<string, unknown> };
      const rootValue = { orders: () => [`of ${sub}`], order: ({ item }: { item: string }) => `${item} for ${sub}` };
      return Response.json(await graphql({ schema, source: query, variableValues: variables, rootValue }));
    }
    if (path.startsWith('/trpc')) return fetchRequestHandler({ endpoint: `${base}/trpc`, req: request, router: appRouter, createContext: () => ({ sub }) });
    if (path === '/events') return events(request);
    if (path === '/parts') {
      if (request.method === 'PUT') run.parts.set(Number(searchParams.get('offset')), Buffer.from(await request.arrayBuffer()));
      const whole = Buffer.concat([...run.parts].sort(([a], [b]) => a - b).map(([, part]) => part));
      return request.method === 'HEAD' ? new Response() : Response.json({ bytes: whole.length, sha256: createHash('sha256').update(whole).digest('hex') });
    }
    return Response.json({ sub, method: request.method, body: await request.text() });
  }

  return {
    origin,
    close: () =>
      new Promise((resolve) => {
        for (const name of Object.keys(taken)) Reflect.deleteProperty(globalThis, name);
        server.close(() => resolve());
        server.closeAllConnections();
        upgraded.forEach((socket) => socket.destroy());
      }),
  };
}

// Three events a connection, from the one after the last that the client has seen; 204 (no more) after the ninth.
function events(request: Request): Response {
  const last = Number(request.headers.get('Last-Event-ID') ?? 0);
  if (last >= 9) return new Response(null, { status: 204 });
  const text = [1, 2, 3].map((more) => `id: ${last + more}\ndata: event ${last + more}\n\n`).join('');
  return new Response(`retry: 20\n\n${text}`, { headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' } });
}

// As it comes, not when it is whole: events are sent one by one.
async function stream(target: ServerResponse, response: Response): Promise<void> {
  target.statusCode = response.status;
  response.headers.forEach((value, name) => target.setHeader(name, value));
  if (!response.body) return void target.end();
  target.flushHeaders();
  const body = Readable.fromWeb(response.body as never);
  target.once('close', () => body.destroy());
  body.on('error', () => target.destroy()).pipe(target);
}
