/** Word of a logout, from one tab to all others. */

/** A link to the other tabs that use the same key. */
export interface Tabs {
  announceDestroyed(): void;
  close(): void;
}

/** Listens for the key's end in other tabs; without BroadcastChannel there is nobody to hear. */
export function joinTabs(name: string, onDestroyed: () => void): Tabs | undefined {
  if (!globalThis.BroadcastChannel) return undefined;
  const channel = new BroadcastChannel(`keybound:${name}`);
  channel.onmessage = onDestroyed;
  return { announceDestroyed: () => channel.postMessage('destroyed'), close: () => channel.close() };
}
