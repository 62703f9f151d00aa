// An authorization server, an API and the host of a page, each with a port and so an origin of its own:
//   npm start -- ../webpack/dist
// PORT is the port of the page (default 8080), the other two take the next ones; PORT=0 takes any three that are free.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { createAuthorizationServer } from 'keybound/authorization-server';
import { createCors, createResourceServer, fromNode, memoryReplayStore, sendResponse } from 'keybound/resource-server';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('Name the folder of the page: npm start -- ../webpack/dist');
const port = Number(process.env.PORT ?? 8080);

const [page, login, api] = await Promise.all([0, 1, 2].map((step) => listen(port && port + step)));
const cors = createCors({ origins: [page.url] });

const authorizationServer = createAuthorizationServer({ issuer: login.url, audience: api.url, clients: [], replayStore: memoryReplayStore() });
const resourceServer = createResourceServer({
  issuers: [{ issuer: login.url, audience: api.url, keys: await authorizationServer.jwks() }],
  replayStore: memoryReplayStore(),
});

/** Binds a token to the key of whoever asks. Who that is, your login knows; here it is always Alice. */
async function token(request) {
  const bound = await authorizationServer.bind(request);
  if (!bound.ok) return bound.response();
  const { accessToken } = await authorizationServer.issue({ sub: 'alice', clientId: 'page', jkt: bound.jkt });
  return Response.json({ access_token: accessToken, token_type: 'DPoP' }, { headers: bound.headers });
}

async function orders(request) {
  const decision = await resourceServer.verify(request);
  if (!decision.ok) return decision.response();
  return Response.json({ sub: decision.claims.sub, orders: [] }, { headers: decision.headers });
}

/** Both are on other origins than the page: without CORS the browser hides the nonce from it. */
function withCors(handle, { url }) {
  return async (message, response) => {
    const request = fromNode(message, { publicUrl: url });
    const answer = cors.preflight(request) ?? (await handle(request));
    for (const [name, value] of cors.headers(request)) answer.headers.set(name, value);
    await sendResponse(response, answer);
  };
}

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json' };

/** Not for everybody: names that begin with a dot, and node_modules but for what the import map of ../script-tag names. */
const HIDDEN = /\/(\.|node_modules(?!\/(keybound|idb-keyval)\/dist\/))/i;

async function files({ url: target }, response) {
  const path = new URL(target, page.url).pathname.replace(/\/$/, '/index.html');
  const servers = JSON.stringify({ login: login.url, api: api.url });
  const read = async () => (HIDDEN.test(path) ? undefined : readFile(join(folder, path), 'utf8').catch(() => undefined));
  const body = path === '/servers.json' ? servers : await read();
  if (body === undefined) return response.writeHead(404).end();
  return response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'text/plain', 'Content-Security-Policy': policy(body) }).end(body);
}

/** The strict policy of docs/headers.md. An import map can only be inline, so the policy names its hash. */
function policy(html) {
  const maps = [...html.matchAll(/<script type="importmap">([^]*?)<\/script>/g)].map(([, map]) => createHash('sha256').update(map).digest('base64'));
  const scripts = ["'self'", ...maps.map((hash) => `'sha256-${hash}'`)].join(' ');
  const strict = "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
  return `default-src 'none'; script-src ${scripts}; connect-src 'self' ${login.url} ${api.url}; ${strict}`;
}

async function listen(wanted) {
  const server = createServer().listen(wanted, 'localhost');
  await once(server, 'listening');
  return { server, url: `http://localhost:${server.address().port}` };
}

function serve({ server }, handle) {
  const fail = (response) => (error) => {
    console.error(error);
    response.writeHead(500).end();
  };
  server.on('request', (message, response) => void handle(message, response).catch(fail(response)));
}

serve(login, withCors(token, login));
serve(api, withCors(orders, api));
serve(page, files);
console.log(`The page is at ${page.url}/`);
