/** HTTP requests as bytes, for what no client sends: the same header twice, above all. */

import { connect, type Socket } from 'node:net';

/** What is sent. A header line is `Name: value`; `Host` and, with a body, `Content-Length` come by themselves. */
export interface RawRequest {
  readonly method?: string;
  readonly target?: string;
  readonly lines: readonly string[];
  readonly body?: string;
  /** Default: 127.0.0.1. */
  readonly host?: string;
}

/** What came back. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Sends a request to a port on loopback, or over a socket, and resolves with its answer. */
export async function sendRaw(to: number | Socket, request: RawRequest): Promise<RawResponse> {
  const { method = 'GET', target = '/', lines, body = '', host = '127.0.0.1' } = request;
  const socket = typeof to === 'number' ? connect(to, '127.0.0.1') : to;
  const length = body ? [`Content-Length: ${body.length}`] : [];
  const head = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...length, ...lines];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1');
  let text = '';
  for await (const chunk of socket.setEncoding('latin1')) text += chunk;
  const [top = '', rest = ''] = text.split(/\r\n\r\n(.*)/s);
  const [first = '', ...fields] = top.split('\r\n');
  const headers = new Headers(fields.map((field): [string, string] => [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1)]));
  return { status: Number(first.split(' ')[1]), headers, body: rest };
}
