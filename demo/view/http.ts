/** Requests and answers as text that can be selected and copied. */

import { el } from '../dom.ts';
import type { Exchange, Header } from '../exchange.ts';
import { shortened } from '../jwt.ts';

/** The request: its line, its headers, and its body where there is one. */
export function requestText({ method, url, requestHeaders, requestBody }: Exchange): HTMLElement {
  return message([el('span', { class: 'http-start' }, `${method} ${url}`)], requestHeaders, requestBody);
}

/** The answer. */
export function responseText({ status, responseHeaders, responseBody }: Exchange): HTMLElement {
  return message([el('span', { class: `http-start status-${Math.floor(status / 100)}` }, `HTTP ${status} ${statusText(status)}`)], responseHeaders, responseBody);
}

function message(start: Node[], headers: readonly Header[], body: string): HTMLElement {
  const lines = headers.flatMap(([name, value]) => ['\n', el('span', { class: 'http-name' }, `${headerName(name)}:`), ` ${headerValue(name, value)}`]);
  return el('pre', { class: 'http' }, ...start, ...lines, body && `\n\n${shortenedBody(body)}`);
}

const spelled: Record<string, string> = { dpop: 'DPoP', 'dpop-nonce': 'DPoP-Nonce', 'www-authenticate': 'WWW-Authenticate' };

/** Header names arrive in lower case; they are shown as the RFCs spell them. */
function headerName(name: string): string {
  return spelled[name.toLowerCase()] ?? name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

function headerValue(name: string, value: string): string {
  if (name.toLowerCase() === 'dpop') return shortened(value);
  if (name.toLowerCase() !== 'authorization') return value;
  const [scheme = '', token = ''] = value.split(' ');
  return `${scheme} ${shortened(token)}`;
}

/** JSON laid out, with long tokens shortened; anything else as it is. */
function shortenedBody(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), (_, value: unknown) => (typeof value === 'string' && value.length > 100 ? shortened(value) : value), 2);
  } catch {
    return body;
  }
}

export function statusText(status: number): string {
  const texts: Record<number, string> = {
    200: 'OK', 201: 'Created', 204: 'No Content', 302: 'Found', 400: 'Bad Request', 401: 'Unauthorized',
    403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 503: 'Service Unavailable',
  };
  return texts[status] ?? '';
}
