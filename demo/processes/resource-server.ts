/** A replica of the resource server, as a process. Its argument says which one: `replica-a` or `replica-b`. */

import { createResourceServer } from 'keybound/resource-server';
import { ofDecision, type Judge } from '../ruling.ts';
import { answerOrders } from '../world/orders.ts';
import { openMemory } from './memory.ts';
import { perform, tellOf } from './perform.ts';

const judge = process.argv[2] as Judge;

await perform(async (setting) => {
  const { addresses, nonceSecret } = setting;
  const { issuer, api } = addresses;
  const memory = await openMemory(setting);
  const resourceServer = createResourceServer({
    issuers: [{ issuer, audience: api, keys: new URL(`${issuer}/jwks`) }],
    // What clients call, be it this replica or not: a proof is for the API, and spent for all of it.
    publicUrl: new URL(api),
    nonce: { policy: 'single-use', secret: nonceSecret },
    replayStore: memory.replayStore,
    revocation: memory.revocation,
    storeTimeoutSeconds: memory.storeTimeoutSeconds,
  });
  return {
    close: memory.close,
    async answer(call) {
      const decision = await resourceServer.verify(call);
      await tellOf(judge, call, ofDecision(decision));
      if (!decision.ok) return decision.response();
      const answer = answerOrders(call.url, { servedBy: judge, process: process.pid, customer: decision.claims.sub });
      decision.headers.forEach((value, name) => answer.headers.set(name, value));
      return answer;
    },
  };
});
