/** A control origin: where tests in a page order servers, and ask what those have seen. */

import { sendResponse } from '../../src/resource-server.ts';
import { listen, toRequest, type Listening } from './listen.ts';

/** Answers every page with what `obey` gives, as JSON; 404 where that is nothing. `obey` is told the control's own origin. */
export function listenControl(obey: (request: Request, origin: string) => Promise<unknown>): Promise<Listening> {
  return listen(async (message, response, origin) => {
    const request = await toRequest(message, origin);
    const headers = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Methods': 'GET, POST, DELETE', 'Cache-Control': 'no-store' };
    if (request.method === 'OPTIONS') return sendResponse(response, new Response(null, { status: 204, headers }));
    const answer = await obey(request, origin);
    await sendResponse(response, Response.json(answer ?? {}, { status: answer ? 200 : 404, headers }));
  });
}
