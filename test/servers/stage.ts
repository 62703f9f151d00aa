/** A stage: a server on an origin of its own that gives the answers that a test has written, and keeps what it was sent. */

import { buffer } from 'node:stream/consumers';
import { sendResponse } from '../../src/resource-server.ts';
import type { Certificate } from './certificate.ts';
import { exposedHeaders } from './lane.ts';
import { listen, listenHttp2, type Message, type MessageResponse } from './listen.ts';

/** One answer; status 200 and the server's own clock are the default. */
export interface StagedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface StageOptions {
  readonly protocol?: 'HTTP/1.1' | 'HTTP/2';
  /** The first request gets the first one, and so on; the last one stays. */
  readonly answers: readonly StagedAnswer[];
  /** The headers that a preflight allows. Default what requests with a proof need. */
  readonly allowed?: readonly string[];
  /** The headers that CORS lets pages read. Default {@link exposedHeaders}. */
  readonly exposed?: readonly string[];
}

/** A request as it came. Preflights are none. */
export interface StagedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** As Node names it: `1.1`, `2.0`. */
  readonly httpVersion: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Base64. */
  readonly body: string;
}

export interface Stage {
  readonly origin: string;
  readonly requests: readonly StagedRequest[];
  close(): Promise<void>;
}

const needed = ['authorization', 'dpop', 'content-type', 'x-new'];

/** Opens a stage on a free port, for pages of whatever origin, with credentials or without. */
export async function openStage(options: StageOptions, certificate: Certificate): Promise<Stage> {
  const { protocol = 'HTTP/1.1', answers, allowed = needed, exposed = exposedHeaders } = options;
  const requests: StagedRequest[] = [];

  async function serve(message: Message, response: MessageResponse): Promise<void> {
    const { method = '', url: path = '', httpVersion } = message;
    const cors = { 'Access-Control-Allow-Origin': message.headers.origin ?? '*', 'Access-Control-Allow-Credentials': 'true' };
    if (method === 'OPTIONS') {
      const preflight = { ...cors, 'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT', 'Access-Control-Allow-Headers': allowed.join(', ') };
      return sendResponse(response, new Response(null, { status: 204, headers: preflight }));
    }
    const { status = 200, headers, body = '{}' } = answers[Math.min(requests.length, answers.length - 1)]!;
    const sighting = { method, path, httpVersion, headers: plain(message), body: '' };
    requests.push(sighting);
    sighting.body = (await buffer(message)).toString('base64');
    const all = { ...cors, 'Access-Control-Expose-Headers': exposed.join(', '), 'Cache-Control': 'no-store', ...headers };
    await sendResponse(response, new Response(status === 204 || status === 304 ? null : body, { status, headers: all }));
  }

  const listening = protocol === 'HTTP/2' ? await listenHttp2(serve, certificate) : await listen(serve);
  return { ...listening, requests };
}

function plain({ headers }: Message): Record<string, string> {
  const entries = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
  return Object.fromEntries(entries.map(([name, value]) => [name, value?.toString() ?? '']));
}
