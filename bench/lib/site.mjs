// A site for the bench's pages: bundles each of them, serves them, and hears what they find out.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { EmbeddedJWK, jwtVerify } from 'jose';

const PAGES = fileURLToPath(new URL('../pages/', import.meta.url));
const PATIENCE_SECONDS = 180;
const NONCE = 'nonce-of-the-bench-server';

// Isolated pages get finer clocks: 5 µs in Chromium, 20 µs in Firefox and WebKit.
const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cache-Control': 'no-store' };

/**
 * @param {Record<string, string>} scripts the module that each page runs, by the page's name; relative to bench/pages
 * @param {{ minify?: boolean }} [options] whether the pages are as short as an app's, which is the default, or keep their names
 * @returns {Promise<{ visit: Visit, address(page: string): string, close(): Promise<void> }>}
 *
 * @typedef {(browser: { open(url: string): Promise<unknown> }, page: string, parameters: object, tell?: (text: string) => void) => Promise<any>} Visit
 *   opens a page with parameters, and gives what it reports in the end
 */
export async function openSite(scripts, { minify = true } = {}) {
  const bundles = await bundle(scripts, minify);
  const visits = new Map();
  const server = createServer((request, response) => {
    answer(request, response, { bundles, visits }).catch((error) => response.writeHead(500).end(String(error)));
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const origin = `http://localhost:${server.address().port}`;
  return {
    address: (page) => `${origin}/${page}`,
    async visit(browser, page, parameters, tell = () => {}) {
      const id = randomUUID();
      const { promise, hear } = hearing(tell, `${page} is silent`);
      visits.set(id, hear);
      try {
        const query = new URLSearchParams({ visit: id, parameters: JSON.stringify(parameters) });
        const [result] = await Promise.all([promise, browser.open(`${origin}/${page}?${query}`)]);
        return result;
      } finally {
        visits.delete(id);
      }
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function bundle(scripts, minify) {
  const entries = Object.entries(scripts).map(async ([name, contents]) => {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: PAGES },
      bundle: true, minify, write: false, format: 'esm', target: 'es2022', platform: 'browser', logLevel: 'error',
      define: { 'process.env.NODE_ENV': '"production"' },
      // Before the first line of any library: what libraries do when they are loaded counts.
      banner: { js: 'globalThis.startedAt = performance.now();' },
    });
    return [name, outputFiles[0].text];
  });
  return new Map(await Promise.all(entries));
}

/** What a page says: its progress any number of times, and its result or its error. */
function hearing(tell, silence) {
  let settle;
  const promise = new Promise((resolve, reject) => (settle = { resolve, reject }));
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => settle.reject(new Error(silence)), PATIENCE_SECONDS * 1000).unref();
  };
  wait();
  const hear = ({ progress, error, result }) => {
    wait();
    if (progress) return tell(progress);
    clearTimeout(timer);
    if (error) settle.reject(new Error(error));
    else settle.resolve(result);
  };
  return { promise, hear };
}

async function answer(request, response, { bundles, visits }) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const send = (type, body) => response.writeHead(200, { ...ISOLATED, 'Content-Type': type }).end(body);
  const name = pathname.slice(1);
  if (pathname.startsWith('/api/')) return answerApi(request, response);
  if (request.method === 'POST') {
    visits.get(searchParams.get('visit'))?.(JSON.parse(await text(request)));
    return send('application/json', '{}');
  }
  if (bundles.has(name)) return send('text/html; charset=utf-8', `<!doctype html><title>${name}</title><script type="module" src="/${name}.js"></script>`);
  if (bundles.has(name.replace(/\.js$/, ''))) return send('text/javascript; charset=utf-8', bundles.get(name.replace(/\.js$/, '')));
  return response.writeHead(404).end();
}

/** An API that gives a nonce with every answer. /api/orders takes anything; /api/checked takes valid proofs alone. */
async function answerApi(request, response) {
  const headers = { 'Content-Type': 'application/json', 'DPoP-Nonce': NONCE };
  const wrong = request.url.startsWith('/api/checked') && (await whatIsWrong(request).catch((error) => error.message));
  if (!wrong) return response.writeHead(200, headers).end('{"order":42,"state":"sent"}');
  const error = wrong === 'nonce' ? 'use_dpop_nonce' : 'invalid_dpop_proof';
  return response.writeHead(401, { ...headers, 'WWW-Authenticate': `DPoP error="${error}", error_description="${wrong.replaceAll('"', '')}"` }).end('{}');
}

async function whatIsWrong({ url, method, headers: { host, authorization = '', dpop } }) {
  const { payload } = await jwtVerify(dpop, EmbeddedJWK, { typ: 'dpop+jwt', algorithms: ['Ed25519', 'EdDSA', 'ES256'], maxTokenAge: 60 });
  const accessToken = /^DPoP (.+)$/.exec(authorization)?.[1] ?? '';
  const ath = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(accessToken))).toString('base64url');
  if (payload.ath !== ath) return 'ath';
  if (payload.htm !== method || payload.htu !== `http://${host}${url}`) return 'htm or htu';
  return payload.nonce === NONCE ? undefined : 'nonce';
}
