/** Lanes for tests in a page: servers on origins of their own, with the faults that a test orders (test/servers/lane.ts). */

import type { LaneOptions, LaneReport } from '../servers/lane.ts';
import type { OrderedLane } from '../servers/lanes.ts';
import type { TestServers } from '../servers/start.ts';

/** A lane as the page sees it. */
export interface TestLane {
  readonly origin: string;
  /** Bound to the key that the lane was ordered for. */
  readonly accessToken: string;
  report(): Promise<LaneReport>;
  /** The report, once so many requests have arrived. */
  arrived(count: number): Promise<LaneReport>;
  close(): Promise<void>;
}

let control: Promise<string> | undefined;

/** Opens a lane for one key; HTTP/2 and nonces for good are the default. */
export async function openLane(options: Pick<LaneOptions, 'jkt'> & Partial<LaneOptions>): Promise<TestLane> {
  control ??= fetch('/test-servers.json').then(async (response) => ((await response.json()) as TestServers).lanes);
  const order: LaneOptions = { protocol: 'HTTP/2', nonces: 'static', ...options };
  const lane = await call<OrderedLane>(await control, 'POST', JSON.stringify(order));
  return {
    ...lane,
    report: () => call(lane.control),
    arrived: (count) => call(`${lane.control}?arrived=${count}`),
    close: async () => void (await call(lane.control, 'DELETE')),
  };
}

async function call<Answer>(url: string, method = 'GET', body?: string): Promise<Answer> {
  const response = await fetch(url, { method, ...(body !== undefined && { body }) });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status}`);
  return (await response.json()) as Answer;
}

/** Keeps a value that was measured, for the tables of the documents. */
export async function keepMeasured(what: string, value: unknown): Promise<void> {
  await fetch('/measured', { method: 'POST', body: JSON.stringify({ [what]: value }) });
}
