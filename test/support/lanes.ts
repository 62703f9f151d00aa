/** Lanes for tests in a page: servers on origins of their own, with the faults that a test orders (test/servers/lane.ts). */

import type { LaneOptions, LaneReport } from '../servers/lane.ts';
import type { OrderedLane } from '../servers/lanes.ts';
import { call, testServers } from './control.ts';

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

/** Opens a lane for one key; HTTP/2 and nonces for good are the default. */
export async function openLane(options: Pick<LaneOptions, 'jkt'> & Partial<LaneOptions>): Promise<TestLane> {
  const { lanes } = await testServers();
  const order: LaneOptions = { protocol: 'HTTP/2', nonces: 'static', ...options };
  const lane = await call<OrderedLane>(lanes, 'POST', JSON.stringify(order));
  return {
    ...lane,
    report: () => call(lane.control),
    arrived: (count) => call(`${lane.control}?arrived=${count}`),
    close: async () => void (await call(lane.control, 'DELETE')),
  };
}

/** Keeps a value that was measured, for the tables of the documents. */
export async function keepMeasured(what: string, value: unknown): Promise<void> {
  await fetch('/measured', { method: 'POST', body: JSON.stringify({ [what]: value }) });
}
