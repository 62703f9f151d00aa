/** Word of a key's end, from one tab to all others: the thumbprint of that key. */

/** Listens for the end of a key in other tabs. */
export function joinTabs(name: string, jkt: string, onDestroyed: () => void): BroadcastChannel {
  const channel = new BroadcastChannel(`keybound:${name}`);
  channel.onmessage = ({ data }) => data === jkt && onDestroyed();
  return channel;
}
