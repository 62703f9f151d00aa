/** Real HTTP servers on loopback, each on a port and so on an origin of its own. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A server that listens. */
export interface Listening {
  readonly origin: string;
  close(): Promise<void>;
}

/** Answers one request; it is told its own origin, which it can't know before it listens. */
export type Handler = (message: IncomingMessage, response: ServerResponse, origin: string) => Promise<void>;

/** Listens on a free port. What a handler throws ends the connection: no test shall mistake it for an answer. */
export function listen(handler: Handler): Promise<Listening> {
  return new Promise((resolve) => {
    const server = createServer((message, response) => {
      handler(message, response, origin).catch((error: unknown) => {
        console.error(error);
        response.destroy();
      });
    });
    let origin = '';
    server.listen(0, '127.0.0.1', () => {
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const close = () => new Promise<void>((closed) => (server.close(() => closed()), server.closeAllConnections()));
      resolve({ origin, close });
    });
  });
}

/** The whole request, body and all, as the web platform has it. */
export async function toRequest(message: IncomingMessage, origin: string): Promise<Request> {
  const { method = 'GET', url = '/', rawHeaders } = message;
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!);
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(origin + url, { method, headers, ...(hasBody && { body: new Uint8Array(await buffer(message)) }) });
}
