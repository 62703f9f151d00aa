/** Node's http and https (and what is built on them): its messages as the servers see them, and Responses back. */

import { publicUrl, readPublicBase } from '../resource/public-url.ts';
import type { ResourceRequest } from '../resource/envelope.ts';

/** What is read of Node's `http.IncomingMessage`, or of `http2.Http2ServerRequest`. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Names and values in turn, as they came: duplicates are kept, which `headers` drops or joins. */
  readonly rawHeaders: readonly string[];
}

/** What is used of Node's `http.ServerResponse`. */
export interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string | readonly string[]): unknown;
  end(body: Uint8Array): unknown;
}

/**
 * A Node request for `verify`.
 *
 * Its URL is `publicUrl` (http(s), a path in it is kept as a prefix) plus path and query of the request target. `Host`
 * and forwarding headers are not read, because the client writes them. Not seen: an access token in a form body.
 *
 * @throws TypeError where `publicUrl` is no absolute http(s) URL, or has query, fragment or user information.
 */
export function fromNode(message: NodeRequest, options: { readonly publicUrl: string | URL }): ResourceRequest {
  const { method = '', url = '', rawHeaders } = message;
  const headers = rawHeaders.flatMap((name, index): [string, string][] => (index % 2 ? [] : [[name, rawHeaders[index + 1]!]]));
  return { method, url: publicUrl(readPublicBase(options.publicUrl, 'publicUrl'), url), headers };
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
