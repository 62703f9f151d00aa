/** One replica of an API, as a process of its own: real HTTP, and the stores in Redis. Its settings are its argument. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createResourceServer, fromNode, mirroredRevocation, sendResponse, type NoncePolicy, type ResourceServer } from '../../src/resource-server.ts';
import { redisStores } from '../../src/redis.ts';
import { connectIoRedis, connectNodeRedis } from '../support/redis-clients.ts';
import { briefSeconds, clockToleranceSeconds, epochLifetimeSeconds, operationTimeoutSeconds, policies, publicUrl, type ClockMessage, type Policy, type VerifierSettings } from './settings.ts';

let clockAheadSeconds = 0;
const nowSeconds = () => Date.now() / 1000 + clockAheadSeconds;

function nonceOf(policy: Policy, secret: string): NoncePolicy {
  if (policy === 'none') return { policy };
  if (policy === 'brief') return { policy: 'window', secret, lifetimeSeconds: briefSeconds };
  return { policy: policy === 'mirrored' ? 'window' : policy, secret };
}

async function start(settings: VerifierSettings): Promise<void> {
  const connect = settings.client === 'ioredis' ? connectIoRedis : connectNodeRedis;
  const { client } = await connect(settings.redisPort);
  const stores = redisStores(client, { operationTimeoutSeconds, epochLifetimeSeconds, nowSeconds });
  const { replayStore, revocation } = stores;
  const mirror = mirroredRevocation({ source: stores.revocationFeed, nowSeconds });
  await mirror.ready();
  const gate = (policy: Policy) => {
    const { issuer, audience, keys, secret } = settings;
    const memories = { replayStore, revocation: policy === 'mirrored' ? mirror : revocation };
    const terms = { nonce: nonceOf(policy, secret), clockToleranceSeconds, nowSeconds, bearer: 'unbound-only' } as const;
    return createResourceServer({ issuers: [{ issuer, audience, keys }], ...memories, ...terms });
  };
  const servers: Record<string, ResourceServer> = Object.fromEntries(policies.map((policy) => [policy, gate(policy)]));
  const server = createServer((message, target) => void (async () => {
    const decision = await servers[message.url!.split('/')[1]!]!.verify(fromNode(message, { publicUrl }));
    const headers = { ...Object.fromEntries(decision.headers), 'Content-Type': 'application/json' };
    await sendResponse(target, decision.ok ? new Response(JSON.stringify({ code: 'ALLOW' }), { headers }) : decision.response());
  })());
  server.keepAliveTimeout = 0; // a client that was held up finds its connection as it was
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
}

process.on('message', (message: ClockMessage) => {
  ({ clockAheadSeconds } = message);
  process.send!(message);
});
// A replica whose test has gone goes too.
process.on('disconnect', () => process.exit());
await start(JSON.parse(process.argv[2]!) as VerifierSettings);
