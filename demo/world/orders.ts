/** What the API has: Alice's orders, and no other path. */

/** The answer to a request that was allowed. */
export function answerOrders(url: string, found: Readonly<Record<string, unknown>>): Response {
  if (new URL(url).pathname !== '/orders') return new Response(null, { status: 404 });
  return Response.json({ ...found, orders: [{ id: 1042, item: 'Brass key' }, { id: 1043, item: 'Padlock' }] });
}
