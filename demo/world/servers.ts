/** The servers of the demo: Keybound's real ones behind a mocked network, and a legacy service beside them. */

import { mockServers, type MockServers } from 'keybound/msw';
import type { HttpHandler } from 'msw';
import { setupWorker } from 'msw/browser';
import { api, issuer, replicaA, replicaB } from './addresses.ts';
import { legacyHandler } from './legacy-service.ts';
import type { Recorder } from './recorder.ts';

/**
 * Starts the servers in this page. What they know (keys, spent proofs and nonces, revocations) survives a reload; the two
 * replicas share it, and both judge a proof by the public URL that Alice called.
 */
export async function startServers(recorder: Recorder): Promise<MockServers> {
  const servers = await mockServers({
    issuer,
    publicUrl: api,
    replicas: [replicaA, replicaB],
    audience: api,
    nonces: 'single-use',
    persist: true,
    respond: (request, { claims }, replica) => respond(request, claims.sub, replica),
  });
  servers.observe((exchange) => recorder.record(exchange));
  const legacyService = legacyHandler(() => servers.authorizationServer.jwks(), recorder);
  await startWorker([...servers.handlers, legacyService]);
  return servers;
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
