/** Where a guide's code runs: a page's network and storage, an API behind its resource server, the login of the login guide. */

import { assert } from 'chai';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { Keybound } from '../../src/index.ts';
import { createCors, type ResourceServer } from '../../src/resource-server.ts';
import { listen, toRequest, type Listening } from '../servers/listen.ts';
import { createSampleRunner, type SampleRunner } from '../support/run-sample.ts';
import { installStorage } from './browser-storage.ts';
import { installNetwork, pageOrigin } from './page-network.ts';
import { startWire, type Vendor, type Wire } from './wires/wire.ts';

export const apiOrigin = 'https://api.example.com';

/** What the guides' page makes. */
export interface GuidePage {
  readonly keybound: Keybound;
  readonly login: {
    begin(): Promise<string>;
    finish(url: URL): Promise<void>;
    renew(): Promise<void>;
    end(): Promise<void>;
    token(): { readonly accessToken: string; readonly tokenType: string };
  };
  readonly api: typeof fetch;
}

/** A stage. Servers are reached by their public origins. */
export interface Stage {
  /** What the address bar was made to show. */
  readonly shown: readonly string[];
  readonly samples: SampleRunner;
  /** Starts a vendor's wire. */
  startWire(vendor: Vendor): Promise<Wire>;
  /** Lets a handler answer at a public origin; it is given Requests whose URL is the one on loopback. */
  serve(origin: string, handle: (request: Request) => Promise<Response>): Promise<void>;
  /** Lets a server of the guide's own answer at a public origin. */
  attach(origin: string, server: Server): Promise<void>;
  /** Runs the page of the guide, with `createLogin` as the login guide has it. */
  openPage(sample?: string, ...more: string[]): Promise<GuidePage>;
  close(): Promise<void>;
}

export function createStage(document: string): Stage {
  const samples = createSampleRunner(document);
  const logins = createSampleRunner('docs/guides/login.md');
  const servers = new Map<string, Listening>();
  const started: Listening[] = [];
  const start = (origin: string, server: Listening): void => {
    servers.set(origin, server);
    started.push(server);
  };
  const shown: string[] = [];
  const undo = [installStorage(shown), installNetwork(servers)];
  let page: GuidePage | undefined;

  return {
    samples,
    shown,
    async startWire(vendor) {
      const wire = await startWire(vendor);
      start(vendor.origin, wire);
      return wire;
    },
    async serve(origin, handle) {
      const server = await listen(async (message, response, inner) => {
        const answer = await handle(await toRequest(message, inner));
        response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
      });
      start(origin, server);
    },
    async attach(origin, server) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const close = async () => {
        server.closeAllConnections();
        server.close();
      };
      start(origin, { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close });
    },
    async openPage(sample = 'page', ...more) {
      Object.assign(globalThis, await logins.run('login'));
      return (page = await samples.run<GuidePage>(sample, 'keybound', 'login', 'api', ...more));
    },
    async close() {
      await page?.keybound.destroy();
      for (const server of started) await server.close();
      for (const step of undo) step();
      Reflect.deleteProperty(globalThis, 'createLogin');
      for (const runner of [samples, logins]) runner.remove();
    },
  };
}

/** An API behind a resource server, with CORS for the page; it says who calls. */
export function answerWith(resourceServer: ResourceServer): (request: Request) => Promise<Response> {
  const cors = createCors({ origins: [pageOrigin] });
  return async (request) => {
    const preflight = cors.preflight(request);
    if (preflight) return preflight;
    const decision = await resourceServer.verify(request);
    const response = decision.ok ? Response.json(decision.claims, { headers: decision.headers }) : decision.response();
    cors.headers(request).forEach((value, name) => response.headers.append(name, value));
    return response;
  };
}

/** Logs in: out to the vendor, and back with a code. */
export async function logIn({ login }: GuidePage, wire: Wire): Promise<void> {
  await login.finish(await wire.visit(await login.begin()));
}

/** What the API said, which let the request pass. */
export async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as Record<string, unknown>;
}

/** The header and the claims of a token, as anybody can read them. */
export const readToken = (token: string) => ({ header: decodeProtectedHeader(token), claims: decodeJwt(token) });
