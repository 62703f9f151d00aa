// Serves demo/dist, and nothing else, with the headers that a page about security owes its readers.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { ROOT } from '../run.mjs';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
};

// The mocked servers never leave the page, but to the browser they are other origins: the policy names them.
const MOCKED = 'https://login.example https://api.example https://api-a.example https://api-b.example https://legacy.example';

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "worker-src 'self'",
    'img-src data:',
    `connect-src 'self' ${MOCKED}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Serves until Ctrl-C; port 0 picks a free one. */
export async function serveDemo(port) {
  const server = createServer((request, response) => void answer(request, response));
  await listen(server, port);
  console.log(`The demo is ready: http://localhost:${server.address().port}  (Ctrl-C stops it)`);
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
}

async function listen(server, port) {
  server.listen(port, 'localhost');
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error.code === 'EADDRINUSE') throw new Error(`Port ${port} is in use. Choose another: PORT=8091 npm start`, { cause: error });
    if (error.code === 'EACCES') throw new Error(`Port ${port} is not ours to use. Choose another: PORT=8091 npm start`, { cause: error });
    throw error;
  }
}

async function answer(request, response) {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const name = pathname === '/' ? '/index.html' : pathname;
  const type = TYPES[extname(name)];
  // One flat folder: a name with another slash is nothing of ours.
  const isOurs = type !== undefined && /^\/[\w.-]+$/.test(name);
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'GET only', { Allow: 'GET, HEAD' });
  const body = isOurs ? await readFile(join(ROOT, 'demo/dist', name)).catch(() => undefined) : undefined;
  if (!body) return end(response, 404, 'Not found');
  return end(response, 200, request.method === 'HEAD' ? undefined : body, { 'Content-Type': type });
}

function end(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...HEADERS, ...headers }).end(body);
}
