import type { Keybound } from 'keybound';

/** Opens a WebSocket with a ticket, which a protected request fetches. A ticket is for one socket: open the next one anew. */
export async function openSocket(
  { proof }: Pick<Keybound, 'proof'>,
  api: typeof fetch,
  { ticketUrl, url }: { readonly ticketUrl: string; readonly url: string },
): Promise<WebSocket> {
  const response = await api(ticketUrl, { method: 'POST' });
  if (!response.ok) throw new Error(`No ticket: HTTP ${response.status}`);
  const { ticket } = (await response.json()) as { ticket: string };
  const proven = await proof({ method: 'GET', url: url.replace(/^ws/, 'http'), nonce: ticket });
  return new WebSocket(url, ['keybound', `dpop.${proven}`]);
}
