// Serves demo/dist, and nothing else, with the headers that a page about security owes its readers.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { isolationHeaders } from '../isolation-headers.mjs';
import { ROOT } from '../run.mjs';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
};

// The mocked servers never leave the page, but to the browser they are other origins: the policy names them.
const MOCKED = 'https://login.example https://api.example https://api-a.example https://api-b.example https://legacy.example';

/** @param {readonly string[]} origins those of real servers, where the page has any */
function headersFor(origins) {
  return {
    ...isolationHeaders({
      'img-src': 'data:',
      'connect-src': ["'self'", MOCKED, ...origins].join(' '),
      // MSW's service worker, and no other: demo/trusted-types.ts.
      'worker-src': "'self'",
      'trusted-types': 'default',
    }),
    'Cache-Control': 'no-store',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    'X-Frame-Options': 'DENY',
  };
}

/** Whether a request was meant for this machine: a name that an attacker's DNS leads here is in its Host (DNS rebinding). */
function isForHere({ headers, socket }) {
  return ['localhost', '127.0.0.1', '[::1]'].some((name) => new URL(`http://${name}:${socket.localPort}`).host === headers.host);
}

/**
 * A server that answers on a port; 0 picks a free one. What is added to `site` later counts: `origins` of servers that the
 * page may call, and `routes`, handlers by path, which come before the files. With `isPrivate` it answers for names of
 * this machine alone.
 */
export async function listen(port, site = { origins: [], routes: new Map() }) {
  const server = createServer((request, response) => {
    const [pathname] = (request.url ?? '/').split(/[?#]/);
    const headers = headersFor(site.origins);
    if (site.isPrivate && !isForHere(request)) return end(response, 421, 'Not the host that you look for', headers);
    const route = site.routes.get(`${request.method} ${pathname}`);
    return void (route ? route(request, response, headers) : answer(request, response, headers));
  });
  server.listen(port, 'localhost');
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    const advice = 'Choose another by PORT=8091 in the environment.';
    if (error.code === 'EADDRINUSE') throw new Error(`Port ${port} is in use. ${advice}`, { cause: error });
    if (error.code === 'EACCES') throw new Error(`Port ${port} is not ours to use. ${advice}`, { cause: error });
    throw error;
  }
}

/** Ends with Ctrl-C, connections and all. */
export function stopOnSignal(server) {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
}

/** An empty PORT is none. */
export function readPort(text) {
  const port = Number(text || '8090');
  if (/^\d*$/.test(text ?? '') && port <= 65535) return port;
  throw new Error(`PORT must be a number from 0 to 65535, not '${text}'.`);
}

async function answer(request, response, headers) {
  // A request target is no URL to be resolved: `//` would name a host.
  const [pathname] = (request.url ?? '/').split(/[?#]/);
  const name = pathname === '/' ? '/index.html' : pathname;
  const type = TYPES[extname(name)];
  // One flat folder: a name with another slash is nothing of ours.
  const isOurs = type !== undefined && /^\/[\w.-]+$/.test(name);
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'GET only', { ...headers, Allow: 'GET, HEAD' });
  const body = isOurs ? await readFile(join(ROOT, 'demo/dist', name)).catch(() => undefined) : undefined;
  if (!body) return end(response, 404, 'Not found', headers);
  return end(response, 200, request.method === 'HEAD' ? undefined : body, { ...headers, 'Content-Type': type });
}

function end(response, status, body, headers) {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers }).end(body);
}
