/** What the tabs of one origin tell each other about a key: that it ended, and the nonces that their servers gave. */

import type { ServerName } from './servers.ts';

/** A word from another tab. */
export type Word =
  /** The key with that thumbprint was destroyed. */
  | { readonly ended: string }
  /** The stored key may have changed: look. */
  | { readonly changed: true }
  /** A server gave this nonce. */
  | { readonly server: ServerName; readonly nonce: string }
  /** A new tab asks for nonces. */
  | { readonly asks: true };

/** The channel to the other tabs that use a name. */
export function joinTabs(name: string, hear: (word: Partial<Record<string, unknown>>) => void): BroadcastChannel {
  const channel = new BroadcastChannel(`keybound:${name}`);
  channel.onmessage = ({ data }) => hear(Object(data));
  return channel;
}
