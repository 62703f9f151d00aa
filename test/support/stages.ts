/** Stages for tests in a page: servers on origins of their own that give written answers (test/servers/stage.ts). */

import type { StagedRequest, StageOptions } from '../servers/stage.ts';
import type { OrderedStage } from '../servers/stages.ts';
import { call, testServers } from './control.ts';

export interface TestStage {
  readonly origin: string;
  /** What it was sent so far, preflights left out. */
  requests(): Promise<readonly StagedRequest[]>;
  close(): Promise<void>;
}

/** Opens a stage; HTTP/1.1 is the default. */
export async function openStage(options: StageOptions): Promise<TestStage> {
  const { stages } = await testServers();
  const stage = await call<OrderedStage>(stages, 'POST', JSON.stringify(options));
  return { origin: stage.origin, requests: () => call(stage.control), close: () => call(stage.control, 'DELETE') };
}

/** A resource server's demand for a nonce (RFC 9449 §9). */
export const demand = { status: 401, headers: { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"', 'DPoP-Nonce': 'n1' } } as const;

/** What a request carried, as bytes. */
export const bytesOf = ({ body }: StagedRequest): Uint8Array => Uint8Array.from(atob(body), (character) => character.charCodeAt(0));
