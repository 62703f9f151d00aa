/**
 * An authorization server, an issuer that binds its own tokens, a resource server with a second replica, and a bystander: real HTTP on five origins, none of
 * them the page's. MSW applies no CORS; browsers do.
 */

import { hostname, networkInterfaces } from 'node:os';
import { createAuthorizationServer } from '../../src/authorization-server.ts';
import {
  createCors, createResourceServer, fromNode, memoryReplayStore, memoryRevocation, sendResponse,
} from '../../src/resource-server.ts';
import type { ResourceServer, ResourceServerOptions } from '../../src/resource-server.ts';
import { startCallers } from './callers.ts';
import { startLanes } from './lanes.ts';
import { createBoundIssuer } from './bound-issuer.ts';
import { listen, toRequest, type Handler, type Listening } from './listen.ts';
import { startOpenIdStands, type OpenIdStands } from './openid-stands.ts';
import { startStages } from './stages.ts';

/** What the tests in the page are told. */
export interface TestServers {
  readonly authorizationServer: string;
  /** Somebody's own OpenID provider, which uses `bind`; the API trusts it too. */
  readonly boundIssuer: string;
  /** The API, and the port of its second replica: both answer for the API's one public URL. */
  readonly api: string;
  readonly replica: string;
  /** The API without CORS headers on its denials, as where somebody forgot them. */
  readonly unreadable: string;
  /** Remembers which headers it was sent with which query; `GET /seen` tells. It never answers at `/never`. */
  readonly bystander: string;
  /** Where servers with a fault are ordered: see lanes.ts. */
  readonly lanes: string;
  /** Where servers with written answers are ordered: see stages.ts. */
  readonly stages: string;
  /** The API that libraries call, and its WebSockets: see callers.ts. */
  readonly callers: string;
  /** The pages' own server by an address that is not loopback: to a browser, an insecure origin. */
  readonly insecure: string;
  readonly clientId: string;
  readonly redirectUri: string;
  /** Somebody else's OpenID providers, and the app that they know by the same client id: see openid-stands.ts. */
  readonly openId: OpenIdStands;
  readonly openIdRedirectUri: string;
}

/** Starts them all for pages of one origin. */
export async function startServers({ pageOrigin }: { readonly pageOrigin: string }) {
  const redirectUri = `${pageOrigin}/test/servers/callback.html`;
  const cors = createCors({ origins: [pageOrigin], requestHeaders: ['content-type', 'auth0-client'] });
  const shared = { replayStore: memoryReplayStore(), revocation: memoryRevocation() };
  const audience = 'urn:keybound:test-api';

  const login = await listen(async (message, response, origin) => {
    const request = await toRequest(message, origin);
    await answer(response, request, cors, async () => authorizationServer.fetch(request));
  });
  const authorizationServer = createAuthorizationServer({
    ...shared,
    issuer: login.origin,
    audience,
    clients: [{ clientId: 'spa', redirectUris: [redirectUri] }],
    authenticate: async () => ({ sub: 'alice' }),
  });

  const bound = await listen(async (message, response, origin) => {
    const request = await toRequest(message, origin);
    await answer(response, request, cors, () => boundIssuer.fetch(request));
  });
  const boundIssuer = await createBoundIssuer({ origin: bound.origin, audience, replayStore: shared.replayStore });

  const serverOptions = {
    ...shared,
    issuers: [
      { issuer: login.origin, audience, keys: new URL(authorizationServer.endpoints.jwks) },
      { issuer: boundIssuer.issuer, audience, keys: boundIssuer.keys },
    ],
    nonce: { policy: 'single-use', secret: crypto.getRandomValues(new Uint8Array(32)) },
  } satisfies ResourceServerOptions;
  const resourceServer = createResourceServer(serverOptions);
  const bystander = await listen(bystanderHandler());
  const api = await listen((message, response, origin) => serveApi(message, response, origin));
  const serveApi = apiHandler(resourceServer, cors, () => ({ publicUrl: api.origin, elsewhere: bystander.origin }));
  const replica = await listen(serveApi);
  const unreadable = await listen(async (message, response, origin) => {
    const request = await toRequest(message, origin);
    await answer(response, request, cors, async () => {
      const decision = await resourceServer.verify(fromNode(message, { publicUrl: origin }));
      return decision.ok ? new Response('in') : decision.response();
    }, ['Access-Control-Expose-Headers']);
  });

  const openIdRedirectUri = `${pageOrigin}/test/interop/app.html`;
  const [lanes, stages, callers, openId] = await Promise.all([
    startLanes(), startStages(), startCallers(serverOptions, pageOrigin),
    startOpenIdStands({ pageOrigin, clientId: 'spa', redirectUri: openIdRedirectUri, audience }),
  ]);
  const all = [login, bound, api, replica, unreadable, bystander, lanes, stages, callers, openId];
  const config: TestServers = {
    authorizationServer: login.origin, boundIssuer: bound.origin, api: api.origin, replica: replica.origin,
    unreadable: unreadable.origin, bystander: bystander.origin, insecure: insecureAddress(pageOrigin),
    lanes: lanes.origin, stages: stages.origin, callers: callers.origin, clientId: 'spa', redirectUri,
    openId: openId.stands, openIdRedirectUri,
  };
  return { config, stop: async () => void (await Promise.all(all.map((server: Pick<Listening, 'close'>) => server.close()))) };
}

// Names and addresses that lead to loopback but do not say so are no more trusted than others (Secure Contexts §3.1).
function insecureAddress(pageOrigin: string): string {
  const outward = Object.values(networkInterfaces()).flat().find((address) => address?.family === 'IPv4' && !address.internal);
  return `http://${outward?.address ?? hostname()}:${new URL(pageOrigin).port}`;
}

type Cors = ReturnType<typeof createCors>;
type NodeResponse = Parameters<Handler>[1];

// What a server in front of the verifier does: preflights first, then the answer, readable for the page.
async function answer(
  target: NodeResponse,
  request: Request,
  cors: Cors,
  respond: () => Promise<Response>,
  forgotten: readonly string[] = [],
): Promise<void> {
  const response = cors.preflight(request) ?? (await respond());
  const headers = new Headers(response.headers);
  cors.headers(request).forEach((value, name) => headers.set(name, value));
  forgotten.forEach((name) => headers.delete(name));
  const { status, body } = response;
  await sendResponse(target, new Response(status === 204 ? null : body, { status, headers }));
}

function apiHandler(
  resourceServer: ResourceServer,
  cors: Cors,
  where: () => { readonly publicUrl: string; readonly elsewhere: string },
): Handler {
  return async (message, response, origin) => {
    const { publicUrl, elsewhere } = where();
    const request = await toRequest(message, origin);
    const { pathname, search } = new URL(request.url);
    await answer(response, request, cors, async () => {
      if (pathname === '/moved-here') return Response.redirect(`${publicUrl}/orders${search}`, 307);
      if (pathname === '/moved-elsewhere') return Response.redirect(`${elsewhere}/collect${search}`, 307);
      const decision = await resourceServer.verify(fromNode(message, { publicUrl }));
      if (!decision.ok) return decision.response();
      const body = { sub: decision.claims.sub, method: request.method, body: await request.text() };
      return Response.json(body, { headers: decision.headers });
    });
  };
}

// Lets every page call it with any header, and remembers which ones came.
function bystanderHandler(): Handler {
  const seen: { query: string; names: string[] }[] = [];
  return async (message, response, origin) => {
    const request = await toRequest(message, origin);
    const { pathname, search } = new URL(request.url);
    const open = {
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Headers': 'authorization, dpop, content-type',
      'Access-Control-Allow-Methods': 'GET, POST',
    };
    if (request.method === 'OPTIONS') return sendResponse(response, new Response(null, { status: 204, headers: open }));
    if (pathname === '/seen') return sendResponse(response, Response.json(seen, { headers: open }));
    seen.push({ query: search, names: [...request.headers.keys()] });
    if (pathname === '/never') return;
    return sendResponse(response, new Response('collected', { headers: open }));
  };
}
