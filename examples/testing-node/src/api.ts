// An API of one's own, as far as CORS goes: what MSW cannot show.
import { createServer } from 'node:http';
import { createCors, createResourceServer, memoryReplayStore } from 'keybound/resource-server';

const keys = new URL('https://login.example.com/jwks');
const issuers = [{ issuer: 'https://login.example.com', audience: 'https://api.example.com', keys }];
const resourceServer = createResourceServer({ issuers, replayStore: memoryReplayStore() });
const cors = createCors({ origins: ['https://app.example.com'], exposedHeaders: ['Date'] });

async function handle(request: Request): Promise<Response> {
  const preflight = cors.preflight(request);
  if (preflight) return preflight;
  const decision = await resourceServer.verify(request);
  const response = decision.ok ? Response.json({ sub: decision.claims.sub }, { headers: decision.headers }) : decision.response();
  cors.headers(request).forEach((value, name) => response.headers.append(name, value));
  return response;
}

export const api = createServer((message, response) => {
  const request = new Request(`http://${message.headers.host}${message.url}`, { method: message.method!, headers: message.headers as Record<string, string> });
  void handle(request).then(async ({ status, headers, body }) => {
    response.writeHead(status, Object.fromEntries(headers));
    response.end(body && (await new Response(body).text()));
  });
});
