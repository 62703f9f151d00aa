/** What the tabs of one origin tell each other about a key: that it ended, and the nonces that their servers gave. */

import type { ServerName } from './servers.ts';

/** A word from another tab. */
export type Word =
  /** The key with that thumbprint was destroyed. */
  | { readonly ended: string }
  /** The key with that thumbprint was made, in the place of whatever was there. */
  | { readonly made: string }
  /** A server gave this nonce. */
  | { readonly server: ServerName; readonly nonce: string }
  /** A new tab asks for nonces. */
  | { readonly asks: true };

/** The way to the other tabs that use a name. */
export interface Tabs {
  /** Can be said after leaving, too. */
  say(word: Word): void;
  /** Hears what was said since the tabs were joined, and what will be. */
  listen(hear: (word: Partial<Record<string, unknown>>) => void): void;
  leave(): void;
}

/**
 * Joins the other tabs: nothing is missed from now on.
 *
 * @throws DOMException where the browser lets nobody store or share (Firefox without cookies).
 */
export function joinTabs(name: string): Tabs {
  const join = () => new BroadcastChannel(`keybound:${name}`);
  const channel = join();
  const early: unknown[] = [];
  let hasLeft = false;
  channel.onmessage = ({ data }) => early.push(data);
  return {
    say(word) {
      const way = hasLeft ? join() : channel;
      way.postMessage(word);
      if (hasLeft) way.close();
    },
    listen(hear) {
      channel.onmessage = ({ data }) => hear(Object(data));
      for (const word of early) hear(Object(word));
    },
    leave() {
      hasLeft = true;
      channel.close();
    },
  };
}
