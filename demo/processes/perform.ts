/** What every process of the live demo does: listen on a free port, follow orders, and end with who started it. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCors, fromNode, sendResponse, type Cors, type ResourceRequest } from 'keybound/resource-server';
import { markOf, type Judge, type Verdict } from '../ruling.ts';
import { say, type Order, type Setting } from './directions.ts';

/** A request as it was called, below this process's own address. */
export interface Call extends ResourceRequest {
  /** What it was made of, for who reads its body. */
  readonly message: IncomingMessage;
  readonly headers: readonly [string, string][];
}

/** What one process does in one world. */
export interface Part {
  answer(call: Call): Promise<Response>;
  /** The authorization server's alone. */
  issueExpired?(jkt: string): Promise<string>;
  /** Lets go of what the world before had open. */
  close?(): void;
}

export async function perform(create: (setting: Setting) => Promise<Part>): Promise<void> {
  endWithParent();
  let part: Part | undefined;
  let cors: Cors | undefined;
  let self = '';

  async function answer(message: IncomingMessage): Promise<Response> {
    const request = { message, ...fromNode(message, { publicUrl: self }) } as Call;
    if (!part || !cors) return new Response('Not yet', { status: 503 });
    const answered = cors.preflight(request) ?? (await part.answer(request).catch(failure));
    const headers = new Headers(answered.headers);
    cors.headers(request).forEach((value, name) => headers.set(name, value));
    return new Response(answered.body, { status: answered.status, headers });
  }

  async function follow(order: Order): Promise<unknown> {
    if ('expiredFor' in order) return part?.issueExpired?.(order.expiredFor);
    part?.close?.();
    part = await create(order.setting);
    cors = createCors({ origins: [order.setting.page], exposedHeaders: ['Date'] });
    return undefined;
  }

  process.on('message', (order: Order) => {
    const { id } = order;
    follow(order).then((value) => say({ id, value }), (error: unknown) => say({ id, error: String(error) }));
  });
  const server = createServer((message, response) => void send(answer(message), response));
  server.listen(0, 'localhost');
  await once(server, 'listening');
  self = `http://localhost:${(server.address() as AddressInfo).port}`;
  say({ listening: self });
}

/** Tells what was decided on a call. */
export async function tellOf(judge: Judge, { method, url, headers }: Call, verdict: Verdict): Promise<void> {
  say({ ruling: { judge, mark: await markOf({ method, url, headers: new Headers([...headers]) }), ...verdict } });
}

/** A header of a call. */
export function headerOf({ headers }: Call, wanted: string): string | null {
  return new Headers([...headers]).get(wanted);
}

async function send(answer: Promise<Response>, response: ServerResponse): Promise<void> {
  await sendResponse(response, await answer);
}

function failure(error: unknown): Response {
  console.error(error);
  return new Response('This process failed; its terminal says how', { status: 500 });
}

/** Ctrl-C reaches the whole group: the parent alone answers it, and when it is gone, however it went, so is this process. */
function endWithParent(): void {
  process.on('SIGINT', () => {});
  process.on('disconnect', () => process.exit(0));
  // It may have gone while the modules were loading: that event had no listener.
  if (!process.connected) process.exit(0);
}
