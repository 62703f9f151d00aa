/** Rows of several requests, whose verdicts come one after the other. */

import type { Decision, ResourceServerOptions } from '../../../src/resource-server.ts';
import type { Api } from '../../support/api.ts';
import type { Verdict } from './row.ts';

/** A short history: what is sent, one after the other, and what must come of each request that is told. */
export interface ScenarioRow {
  readonly line: number;
  readonly name: string;
  readonly clause: string;
  readonly options?: Partial<ResourceServerOptions>;
  readonly play: (api: Api) => Promise<readonly Decision[]>;
  readonly verdict: readonly Verdict[];
}
