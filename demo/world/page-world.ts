/** The world in the page: Keybound's real servers behind a mocked network, a legacy service beside them, and the thief. */

import { createLocalJWKSet } from 'jose';
import { mockServers, type Exchange, type MockServers } from 'keybound/msw';
import { http, type HttpHandler } from 'msw';
import { setupWorker } from 'msw/browser';
import { markOf, ofAnswer, ofDecision, type Ruling } from '../ruling.ts';
import { mocked } from './addresses.ts';
import { answerLegacy } from './legacy-service.ts';
import { answerOrders } from './orders.ts';
import { LocalThief } from './thief.ts';
import type { OpenWorld } from './world.ts';

/** Starts the servers in this page. What they know (keys, spent proofs and nonces, revocations) survives a reload. */
export const openPageWorld: OpenWorld = async ({ sent, decided }) => {
  if (!('serviceWorker' in navigator)) throw new Error(noServiceWorkers);
  const servers = await startServers(decided);
  return {
    addresses: mocked,
    clientId: servers.client.clientId,
    keyName: 'alice',
    get endpoints() {
      return servers.authorizationServer.endpoints;
    },
    logIn: (dpopJkt) => servers.logIn('alice', { dpopJkt }),
    jwks: () => servers.authorizationServer.jwks(),
    issueExpired: (jkt) => servers.issueExpired(jkt),
    createThief: () => LocalThief.create({ tell: sent, api: mocked.api }),
    reset: () => servers.reset(),
  };
};

const noServiceWorkers = 'This page needs service workers: its servers run in one. Private windows of some browsers, and some policies, switch them off.';

/** The two replicas share their memory, and both judge a proof by the public URL that Alice called. */
async function startServers(decided: (ruling: Ruling) => void): Promise<MockServers> {
  const { issuer, api, replicaA, replicaB } = mocked;
  const servers = await mockServers({
    issuer,
    publicUrl: api,
    replicas: [replicaA, replicaB],
    audience: api,
    nonces: 'single-use',
    persist: true,
    onMistake: () => {}, // the page shows what its attackers do
    respond: ({ url }, { claims }, replica) => answerOrders(url, { servedBy: replica, customer: claims.sub }),
  });
  servers.observe((exchange) => void report(exchange, decided));
  await startWorker([...servers.handlers, legacyHandler(servers, decided)]);
  return servers;
}

/** Documents are for everybody: nothing is decided about them. All that is told is what was decided. */
async function report({ server, name, request, response, decision }: Exchange, decided: (ruling: Ruling) => void): Promise<void> {
  if (server === 'authorization-server' && request.method !== 'POST') return;
  const replica = name === mocked.replicaB ? 'replica-b' : 'replica-a';
  const verdict = decision ? ofDecision(decision) : await ofAnswer(response);
  decided({ judge: server === 'resource-server' ? replica : server, mark: await markOf(request), ...verdict });
}

function legacyHandler(servers: MockServers, decided: (ruling: Ruling) => void): HttpHandler {
  return http.get(`${mocked.legacy}/orders`, async ({ request }) => {
    const keys = createLocalJWKSet(await servers.authorizationServer.jwks());
    const response = await answerLegacy(request.headers.get('Authorization'), keys, mocked);
    decided({ judge: 'legacy', mark: await markOf(request), ...(await ofAnswer(response.clone())) });
    return response;
  });
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
