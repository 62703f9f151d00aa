/** The two origins of an attack, as real servers: the victim's, with headers that are to be tried, and the thief's. */

import { buildSync } from 'esbuild';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { listen, type Handler, type Listening } from '../servers/listen.ts';
import { Board } from './board.ts';

type Headers = Readonly<Record<string, string>>;

/** A page, with the button that a user clicks. */
const page = (script = '') => `<!doctype html><html lang="en"><title>A page</title><button>Go on to the next page</button>${script}</html>`;

const fileOf = (name: string) => fileURLToPath(new URL(`./pages/${name}`, import.meta.url));

const bundle = (name: string, format: 'esm' | 'iife') => {
  const entry = fileOf(`${name}.ts`);
  return buildSync({ entryPoints: [entry], bundle: true, write: false, format, target: 'es2022' }).outputFiles[0]!.text;
};

const app = bundle('app', 'esm');
const thief = bundle('thief', 'iife');
const [serviceWorker, accomplice] = ['service-worker.js', 'accomplice.js'].map((name) => readFileSync(fileOf(name), 'utf8')) as [string, string];

/** Script that is loaded later, if the page may. */
const module = "export const run = (notes) => notes.tell('ran');";

const types = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8' };

/** What each path of an origin gives; `headers` in place of those that the origin sends with all others. */
type Files = Readonly<Record<string, { readonly type: keyof typeof types; readonly body: string; readonly headers?: Headers }>>;

const victimFiles = (nonce: string): Files => ({
  '/': { type: 'html', body: page(`<script type="module" nonce="${nonce}" src="/app.js"></script>`) },
  '/bare-app': { type: 'html', body: page('<script type="module" src="/app.js"></script>'), headers: {} },
  '/bare': { type: 'html', body: page(), headers: {} },
  '/app.js': { type: 'js', body: app },
  '/module.js': { type: 'js', body: module },
  '/thief.js': { type: 'js', body: thief },
  '/accomplice.js': { type: 'js', body: accomplice },
  '/service-worker.js': { type: 'js', body: serviceWorker },
});

// The thief agrees to all that a page may ask of those it frames, or whose script it loads.
const willing = { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' };
const embeddable = { ...willing, 'Cross-Origin-Embedder-Policy': 'require-corp' };

const thiefFiles: Files = {
  '/': { type: 'html', body: page('<script src="/thief.js"></script>') },
  '/embeddable': { type: 'html', body: page('<script src="/thief.js"></script>'), headers: embeddable },
  '/module.js': { type: 'js', body: module },
  '/thief.js': { type: 'js', body: thief },
};

/** What the headers of a place may depend on. */
export interface Setting {
  readonly victim: string;
  readonly nonce: string;
}

/** Where one attack takes place: nothing of it is left for the next, whose ports, and so origins, are others. */
export interface Place {
  readonly board: Board;
  readonly victim: string;
  readonly thief: string;
  close(): Promise<void>;
}

/** Serves both origins; the headers come with every response of the victim's, save for the page that lacks them. */
export async function openPlace(headersFor: (setting: Setting) => Headers): Promise<Place> {
  const board = new Board();
  const nonce = randomBytes(16).toString('base64');
  let headers: Headers = {};
  const victims = await listen((...exchange) => serve(victimFiles(nonce), headers, board)(...exchange));
  const thiefs = await listen(serve(thiefFiles, willing, board));
  // localhost and 127.0.0.1 are two sites; the ports make two origins of one.
  const onLocalhost = ({ origin }: Listening) => origin.replace('127.0.0.1', 'localhost');
  const victim = onLocalhost(victims);
  headers = headersFor({ victim, nonce });
  board.tell('origins', { thief: thiefs.origin, neighbour: onLocalhost(thiefs) });
  return { board, victim, thief: thiefs.origin, close: async () => void (await Promise.all([victims.close(), thiefs.close()])) };
}

function serve(files: Files, headers: Headers, board: Board): Handler {
  return async (message, response) => {
    const { pathname } = new URL(message.url ?? '/', 'http://localhost');
    const [, noteName] = /^\/board\/(.+)$/.exec(pathname) ?? [];
    const body = message.method === 'POST' ? await text(message) : '';
    if (pathname === '/reports') {
      board.tell('report', (JSON.parse(body) as CspReport)['csp-report']['effective-directive']);
      return end(response, 204, headers);
    }
    if (noteName && message.method === 'POST') {
      board.tell(noteName, JSON.parse(body));
      return end(response, 204, headers);
    }
    if (noteName) return end(response, 200, headers, JSON.stringify(await board.told(noteName)));
    const file = files[pathname];
    if (!file) return end(response, 404, headers);
    const { type, body: content, headers: own = headers } = file;
    return end(response, 200, { ...own, 'Content-Type': types[type] }, content);
  };
}

/** https://www.w3.org/TR/CSP3/#deprecated-serialize-violation */
interface CspReport {
  readonly 'csp-report': { readonly 'effective-directive': string };
}

function end(response: ServerResponse, status: number, headers: Headers, body?: string): void {
  response.writeHead(status, { 'Cache-Control': 'no-store', ...headers }).end(body);
}
