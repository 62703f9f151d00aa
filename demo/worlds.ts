/** Which worlds there are, and in which one the page plays: the address says so, `?servers=page` or `?servers=live`. */

import type { LiveFacts } from './world/live/facts.ts';
import { liveWorld } from './world/live/live-world.ts';
import { openPageWorld } from './world/page-world.ts';
import type { OpenWorld } from './world/world.ts';

export interface Choice {
  readonly chosen: 'page' | 'live';
  readonly open: OpenWorld;
  /** Absent where no processes run for this page. */
  readonly live?: LiveFacts;
}

/** The processes, where there are any and the address does not say otherwise. */
export async function chooseWorld(): Promise<Choice> {
  const live = (await (await fetch('/live.json')).json()) as LiveFacts | null;
  if (!live) return { chosen: 'page', open: openPageWorld };
  const isPage = new URLSearchParams(location.search).get('servers') === 'page';
  return isPage ? { chosen: 'page', open: openPageWorld, live } : { chosen: 'live', open: liveWorld(live), live };
}
