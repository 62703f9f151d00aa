/** The servers of the demo: Keybound's real ones behind a mocked network, and a legacy service beside them. */

import { mockServers, type Exchange, type MockServers } from 'keybound/msw';
import type { HttpHandler } from 'msw';
import { setupWorker } from 'msw/browser';
import { markOf, ofAnswer, ofDecision, type Ruling } from '../ruling.ts';
import { api, issuer, replicaA, replicaB } from './addresses.ts';
import { legacyHandler } from './legacy-service.ts';

/**
 * Starts the servers in this page. What they know (keys, spent proofs and nonces, revocations) survives a reload; the two
 * replicas share it, and both judge a proof by the public URL that Alice called. All that they tell is what they decided.
 */
export async function startServers(decided: (ruling: Ruling) => void): Promise<MockServers> {
  const servers = await mockServers({
    issuer,
    publicUrl: api,
    replicas: [replicaA, replicaB],
    audience: api,
    nonces: 'single-use',
    persist: true,
    onMistake: () => {}, // the page shows what its attackers do
    respond: (request, { claims }, replica) => respond(request, claims.sub, replica),
  });
  servers.observe((exchange) => void report(exchange, decided));
  const legacyService = legacyHandler(() => servers.authorizationServer.jwks(), decided);
  await startWorker([...servers.handlers, legacyService]);
  return servers;
}

/** Documents are for everybody: nothing is decided about them. */
async function report({ server, name, request, response, decision }: Exchange, decided: (ruling: Ruling) => void): Promise<void> {
  if (server === 'authorization-server' && request.method !== 'POST') return;
  const verdict = decision ? ofDecision(decision) : await ofAnswer(response);
  decided({ server, name, mark: markOf(request), ...verdict });
}

/** Where service workers are blocked, browsers and MSW say so in ways that only their makers understand. */
async function startWorker(handlers: readonly HttpHandler[]): Promise<void> {
  try {
    await setupWorker(...handlers).start({ quiet: true, onUnhandledFrame: 'bypass' });
  } catch (cause) {
    const sentence = 'This page’s servers run in a service worker, and the browser did not start it. A private window, a setting or a policy may block service workers: allow them for this address, then reload.';
    throw new Error(sentence, { cause });
  }
}

function respond(request: Request, sub: string | undefined, replica: string): Response {
  if (new URL(request.url).pathname !== '/orders') return new Response(null, { status: 404 });
  return Response.json({ servedBy: replica, customer: sub, orders: [{ id: 1042, item: 'Brass key' }, { id: 1043, item: 'Padlock' }] });
}
