/** Node's http and https (and what is built on them): its messages as the servers see them, and Responses back. */

import type { AllowDecision } from '../resource/decision.ts';
import type { PublicUrlOf, ResourceRequest } from '../resource/envelope.ts';
import { refuseFormToken } from '../resource/form-token.ts';
import { publicUrl, readPublicBase } from '../resource/public-url.ts';
import type { ResourceServer } from '../resource/verify.ts';

/** What is read of Node's `http.IncomingMessage`, or of `http2.Http2ServerRequest`. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** The request target as it came, where a framework has cut or rewritten `url` (Express below a mount path, say). */
  readonly originalUrl?: string | undefined;
  /** Names and values in turn, as they came: duplicates are kept, which `headers` drops or joins. */
  readonly rawHeaders: readonly string[];
}

/** What is used of Node's `http.ServerResponse`. */
export interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string | readonly string[]): unknown;
  end(body: Uint8Array): unknown;
}

/** What clients call: the base of all public URLs, or what tells the whole URL of a request, as `forwardedUrl` does. */
export interface NodeUrlOptions {
  readonly publicUrl: string | URL | PublicUrlOf;
}

/**
 * A Node request for `verify`.
 *
 * Its URL is `publicUrl` (http(s), a path in it is kept as a prefix) plus path and query of the request target:
 * `originalUrl` where there is one, else `url`. `Host` and forwarding headers are not read, because the client writes
 * them; where `publicUrl` is a function, it is given the target as `url`, and reads what it reads. Not seen: an access
 * token in a form body.
 *
 * @throws TypeError where `publicUrl` is no absolute http(s) URL, or has query, fragment or user information.
 */
export function fromNode(message: NodeRequest, { publicUrl: base }: NodeUrlOptions): ResourceRequest {
  const { method = '', rawHeaders, originalUrl: target = message.url ?? '' } = message;
  const headers = rawHeaders.flatMap((name, index): [string, string][] => (index % 2 ? [] : [[name, rawHeaders[index + 1]!]]));
  if (typeof base === 'function') return { method, url: base({ method, url: target, headers })?.href ?? '', headers };
  return { method, url: publicUrl(readPublicBase(base, 'publicUrl'), target), headers };
}

/** Sends a Response (a denial's `response()`, say) through Node: status, headers and the whole body. */
export async function sendResponse(target: NodeResponse, response: Response): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer());
  target.statusCode = response.status;
  for (const [name, value] of response.headers) if (name !== 'set-cookie') target.setHeader(name, value);
  const cookies = response.headers.getSetCookie();
  if (cookies.length) target.setHeader('set-cookie', cookies);
  target.end(body);
}

/** What is used of the socket that Node's `upgrade` event gives. */
export interface NodeSocket {
  on(event: 'error', listener: () => void): unknown;
  once(event: 'finish' | 'close', listener: () => void): unknown;
  end(text: string): unknown;
  destroy(): unknown;
}

const lingerSeconds = 5;

/**
 * Answers a handshake that is refused (RFC 6455 §4.2.2): the socket of Node's `upgrade` event has no ServerResponse. The
 * connection ends with it, whatever the client does: at once where the system takes the whole answer, else after 5 seconds.
 * A browser does not show its page this answer, only that the socket did not open.
 *
 * That the client is gone already is no error from here on. Before, it is yours: listen to `error` of the socket before you
 * await anything (`redeem`, say), or a client that breaks off meanwhile ends the process.
 */
export async function refuseUpgrade(socket: NodeSocket, response: Response): Promise<void> {
  // Node takes its own listener off such a socket, and an error that nobody hears ends the process.
  socket.on('error', () => {});
  const body = await response.text();
  const headers = new Headers(response.headers);
  headers.set('Connection', 'close');
  headers.set('Content-Length', String(new TextEncoder().encode(body).length));
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
  // `end` closes our half alone, and such a socket has no timeouts: a client could hold the other half for ever.
  const deadline = setTimeout(() => socket.destroy(), lingerSeconds * 1000).unref();
  socket.once('close', () => clearTimeout(deadline));
  socket.once('finish', () => socket.destroy());
  socket.end([`HTTP/1.1 ${response.status} Refused`, ...lines, '', body].join('\r\n'));
}

declare global {
  // What Express' types merge into its Request: the usual way for a middleware to say what it adds.
  namespace Express {
    interface Request {
      /** Who calls, behind `guardNode`. */
      keybound?: AllowDecision;
    }
  }
}

/** What {@link guardNode} reads and marks: an `http.IncomingMessage`, or what a framework made of one. */
export interface GuardedNodeRequest extends NodeRequest {
  keybound?: AllowDecision;
  /** What a body parser that ran before has left here, as that of Express does. */
  readonly body?: unknown;
}

/** A middleware of the Connect kind (Express), and without `next` a function to await. */
export type NodeGuard = (
  message: GuardedNodeRequest,
  response: NodeResponse,
  next?: (error?: unknown) => void,
) => Promise<AllowDecision | undefined>;

/** How {@link guardNode} guards. */
export interface NodeGuardOptions {
  /** What clients call, as for `fromNode`. Leave the resource server's own `publicUrl` out then. */
  readonly publicUrl: NodeUrlOptions['publicUrl'];
  /** What the refusal of a token in a form offers: the server's own list, where that is not the default. */
  readonly proofAlgorithms?: readonly string[];
}

/**
 * Lets through what the resource server allows (RFC 9449 §7), for Express, Connect, and plain `http`.
 *
 * An allowed request has `keybound` (claims, key, scheme); the nonce that is due is set on the answer, `Cache-Control`
 * with it, which a handler that sets its own takes away. `next` is called, and the promise resolves with the decision.
 * A denied request is answered, `next` is not called, and the promise resolves with undefined. An `access_token` in a
 * form is refused (RFC 6750 §2.2) where a body parser ran before. Not checked: scopes, and what the user may do.
 *
 * @throws TypeError as `fromNode` does, at once.
 */
export function guardNode(resourceServer: ResourceServer, options: NodeGuardOptions): NodeGuard {
  const { publicUrl: given } = options;
  const base = { publicUrl: typeof given === 'function' ? given : readPublicBase(given, 'publicUrl') };

  async function admit(message: GuardedNodeRequest, response: NodeResponse): Promise<AllowDecision | undefined> {
    const request = fromNode(message, base);
    const decision = await resourceServer.verify(request);
    decision.headers.forEach((value, name) => response.setHeader(name, value));
    const [, contentType] = [...request.headers].find(([name]) => name.toLowerCase() === 'content-type') ?? [];
    const denial = decision.ok ? refuseFormToken({ contentType, body: message.body }, options) : decision;
    if (!denial) return (message.keybound = decision as AllowDecision);
    await sendResponse(response, denial.response());
    return undefined;
  }

  return async (message, response, next) => {
    try {
      if (!(await admit(message, response))) return undefined;
    } catch (error) {
      if (!next) throw error;
      next(error);
      return undefined;
    }
    next?.();
    return message.keybound;
  };
}
