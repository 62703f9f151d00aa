/** HTTP requests as bytes, for what no client sends: the same header twice, above all. */

import { connect } from 'node:net';

/** What is sent. A header line is `Name: value`; `Host` and, with a body, `Content-Length` come by themselves. */
export interface RawRequest {
  readonly method?: string;
  readonly target?: string;
  readonly lines: readonly string[];
  readonly body?: string;
}

/** What came back. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Sends a request to a server on loopback, and resolves with its answer. */
export async function sendRaw(port: number, { method = 'GET', target = '/', lines, body = '' }: RawRequest): Promise<RawResponse> {
  const socket = connect(port, '127.0.0.1');
  const length = body ? [`Content-Length: ${body.length}`] : [];
  const head = [`${method} ${target} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Connection: close', ...length, ...lines];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1');
  let text = '';
  for await (const chunk of socket.setEncoding('latin1')) text += chunk;
  const [top = '', rest = ''] = text.split(/\r\n\r\n(.*)/s);
  const [first = '', ...fields] = top.split('\r\n');
  const headers = new Headers(fields.map((field): [string, string] => [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1)]));
  return { status: Number(first.split(' ')[1]), headers, body: rest };
}
