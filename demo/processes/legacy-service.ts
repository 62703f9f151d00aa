/** The legacy service's process: an ordinary JWT library, and no Keybound at all. */

import { createRemoteJWKSet } from 'jose';
import { ofAnswer } from '../ruling.ts';
import { answerLegacy } from '../world/legacy-service.ts';
import { headerOf, perform, tellOf } from './perform.ts';

await perform(async ({ addresses }) => {
  const keys = createRemoteJWKSet(new URL(`${addresses.issuer}/jwks`));
  return {
    async answer(call) {
      if (call.method !== 'GET' || new URL(call.url).pathname !== '/orders') return new Response(null, { status: 404 });
      const answer = await answerLegacy(headerOf(call, 'Authorization'), keys, addresses);
      await tellOf('legacy', call, await ofAnswer(answer.clone()));
      return answer;
    },
  };
});
