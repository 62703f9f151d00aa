/** All rows that are requests to `verify`, by the part of the request that they bend. */

import { accessToken } from './token.ts';
import { binding } from './binding.ts';
import { envelope } from './envelope.ts';
import { freshness, freshnessScenarios } from './freshness.ts';
import { proofShape } from './proof.ts';
import { stateScenarios } from './state.ts';
import { target } from './target.ts';
import type { Group, RequestRow } from './row.ts';
import type { ScenarioRow } from './scenario.ts';

export const requestGroups: readonly Group<RequestRow>[] = [
  { title: 'attacks on the envelope', rows: envelope },
  { title: 'attacks on the shape of the proof', rows: proofShape },
  { title: 'attacks on method and URL', rows: target },
  { title: 'attacks on freshness', rows: freshness },
  { title: 'attacks on the access token', rows: accessToken },
  { title: 'attacks on the binding', rows: binding },
];

export const scenarioGroups: readonly { readonly title: string; readonly rows: readonly ScenarioRow[] }[] = [
  { title: 'attacks on freshness, over time', rows: freshnessScenarios },
  { title: 'attacks on the memory', rows: stateScenarios },
];
