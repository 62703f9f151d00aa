/** Word of a logout, from one tab to all others. */

/** Listens for the key's end in other tabs; a message on the channel, whatever it says, is that end. */
export function joinTabs(name: string, onDestroyed: () => void): BroadcastChannel {
  const channel = new BroadcastChannel(`keybound:${name}`);
  channel.onmessage = onDestroyed;
  return channel;
}
