/** What the thief's process sent and got, on its way to the page: written there, read here. */

import type { Header } from '../../exchange.ts';
import type { Captured } from '../line.ts';
import type { Sent } from '../wiretap.ts';

/** An attempt of his as JSON. His requests have no bodies. */
export interface CarriedAttempt {
  readonly method: string;
  readonly url: string;
  readonly requestHeaders: readonly Header[];
  readonly status: number;
  readonly responseHeaders: readonly Header[];
  readonly responseBody: string;
}

export async function carryAttempt({ request, response }: Pick<Sent, 'request' | 'response'>): Promise<CarriedAttempt> {
  return {
    method: request.method,
    url: request.url,
    requestHeaders: [...request.headers],
    status: response.status,
    responseHeaders: [...response.headers],
    responseBody: await response.text().catch(() => '(the body broke off)'),
  };
}

/** The attempt as if it had been sent from here, for the recorder. */
export function readAttempt({ method, url, requestHeaders, status, responseHeaders, responseBody }: CarriedAttempt): Sent {
  const request = new Request(url, { method, headers: requestHeaders.map(([name, value]) => [name, value]) });
  const headers = responseHeaders.map(([name, value]): [string, string] => [name, value]);
  return { sender: 'Thief', request, response: new Response(responseBody || null, { status, headers }), attempt: 1, remarks: [] };
}

/** A captured request as JSON. */
export interface CarriedCapture extends Omit<Captured, 'headers'> {
  readonly headers: readonly Header[];
}

export function carryCapture(captured: Captured): CarriedCapture {
  return { ...captured, headers: [...captured.headers] };
}

export function readCapture({ headers, ...rest }: CarriedCapture): Captured {
  return { ...rest, headers: new Headers(headers.map(([name, value]) => [name, value])) };
}
