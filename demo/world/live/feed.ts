/** What the server processes decide, as they tell it: server-sent events, collected by the page's own server. */

import type { Ruling } from '../../ruling.ts';
import type { Witness } from '../world.ts';

/** Resolves when the feed is open: a decision before that would be missed. */
export function followDecisions({ decided, lost }: Pick<Witness, 'decided' | 'lost'>): Promise<void> {
  const feed = new EventSource('/decisions');
  feed.addEventListener('message', ({ data }: MessageEvent<string>) => decided(JSON.parse(data) as Ruling));
  addEventListener('pagehide', () => feed.close());
  return new Promise((resolve) => {
    feed.addEventListener('open', () => resolve());
    feed.addEventListener('error', () => lost('The processes do not answer. Start npm run demo:live again, then reload this page.'));
  });
}
