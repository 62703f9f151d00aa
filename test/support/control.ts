/** The way from a page to a control origin (test/servers/control.ts). */

import type { TestServers } from '../servers/start.ts';

let servers: Promise<TestServers> | undefined;

/** Where the test servers are. */
export function testServers(): Promise<TestServers> {
  return (servers ??= fetch('/test-servers.json').then(async (response) => (await response.json()) as TestServers));
}

/** Gives an order, or asks. */
export async function call<Answer>(url: string, method = 'GET', body?: string): Promise<Answer> {
  const response = await fetch(url, { method, ...(body !== undefined && { body }) });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status}`);
  return (await response.json()) as Answer;
}
