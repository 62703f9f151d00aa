/** A real Node server behind which every request is verified, and a socket to it that sends bytes as they stand. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { fromNode, sendResponse, type Decision } from '../../src/resource-server.ts';
import { createApi, type Api, type ApiRequest } from './api.ts';

/** What the server made of some bytes, and what it decided. */
export interface Reading {
  readonly request: ApiRequest;
  readonly decision: Decision;
}

export interface WireServer {
  readonly api: Api;
  /** Everything that was read since the last look, once all of it is decided. */
  takeReadings(): Promise<Reading[]>;
  /** Sends bytes (one character each) and resolves with what came back until the server closed. */
  send(bytes: string): Promise<string>;
  close(): void;
}

/** The server; its public URL is https://api.example.com. */
export async function startWireServer(): Promise<WireServer> {
  const api = await createApi();
  let readings: Promise<Reading>[] = [];
  const respond = async (message: IncomingMessage, target: ServerResponse) => {
    const request = fromNode(message, { publicUrl: 'https://api.example.com' }) as ApiRequest;
    const decision = await api.verify(request);
    await sendResponse(target, decision.ok ? Response.json({ code: 'ALLOW' }) : decision.response());
    return { request, decision };
  };
  const server: Server = createServer((message, target) => void readings.push(respond(message, target))).listen(0, '127.0.0.1');
  server.keepAliveTimeout = 50;
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  async function send(bytes: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    socket.write(bytes, 'latin1');
    let text = '';
    // A parser that is fed up resets the connection, sometimes before its answer is read to the end.
    try {
      for await (const chunk of socket.setEncoding('latin1')) text += chunk;
    } catch (error) {
      if (!['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
    return text;
  }

  async function takeReadings(): Promise<Reading[]> {
    const taken = readings;
    readings = [];
    return Promise.all(taken);
  }

  return { api, send, close: () => void server.close(), takeReadings };
}
