/** Real HTTP servers on loopback, each on a port and so on an origin of its own. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Certificate } from './certificate.ts';

/** A server that listens. */
export interface Listening {
  readonly origin: string;
  close(): Promise<void>;
}

/** A request, by HTTP/1.1 or by HTTP/2. */
export type Message = IncomingMessage | Http2ServerRequest;
/** Its answer. */
export type MessageResponse = ServerResponse | Http2ServerResponse;

/** Answers one request; it is told its own origin, which it can't know before it listens. */
export type Handler<M extends Message = IncomingMessage, R extends MessageResponse = ServerResponse> =
  (message: M, response: R, origin: string) => Promise<void>;

/** Listens by HTTP/1.1. What a handler throws ends the connection: no test shall mistake it for an answer. */
export async function listen(handler: Handler): Promise<Listening> {
  const server = createServer((message, response) => void handler(message, response, origin).catch(giveUp(message)));
  const origin = `http://127.0.0.1:${await listenAnywhere(server)}`;
  return { origin, close: () => closed(server, () => server.closeAllConnections()) };
}

/** Listens by HTTP/2 over TLS, and by nothing else: who does not speak it gets no answer. */
export async function listenHttp2(
  handler: Handler<Http2ServerRequest, Http2ServerResponse>,
  certificate: Certificate,
): Promise<Listening> {
  const server = createSecureServer({ ...certificate, allowHTTP1: false }, (message, response) => {
    handler(message, response, origin).catch(giveUp(message));
  });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  const origin = `https://127.0.0.1:${await listenAnywhere(server)}`;
  return { origin, close: () => closed(server, () => sessions.forEach((session) => session.destroy())) };
}

const giveUp = (message: Message) => (error: unknown) => {
  console.error(error);
  cutOff(message);
};

function listenAnywhere(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function closed(server: Server, endConnections: () => void): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    endConnections();
  });
}

/** Ends the connection that a request came by, and with it all else that is under way there. */
export function cutOff(message: Message): void {
  if ('stream' in message) message.stream.session?.destroy();
  else message.socket.destroy();
}

/** The whole request, body and all, as the web platform has it. */
export async function toRequest(message: Message, origin: string): Promise<Request> {
  const { method = 'GET', url = '/', rawHeaders } = message;
  const headers = new Headers();
  // HTTP/2 has method, scheme, authority and path among its headers: `:method` and so on (RFC 9113 §8.3.1).
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (!rawHeaders[at]!.startsWith(':')) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!);
  }
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(origin + url, { method, headers, ...(hasBody && { body: new Uint8Array(await buffer(message)) }) });
}
