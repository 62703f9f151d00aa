/** The authorization server's process: Alice logs in here, and every token is bound to the key of who redeems the code. */

import { Readable } from 'node:stream';
import { createAuthorizationServer } from 'keybound/authorization-server';
import { ofAnswer } from '../ruling.ts';
import { openMemory } from './memory.ts';
import { perform, tellOf, type Call } from './perform.ts';

await perform(async (setting) => {
  const { addresses, clientId, redirectUri, nonceSecret } = setting;
  const memory = await openMemory(setting);
  const server = createAuthorizationServer({
    issuer: addresses.issuer,
    audience: addresses.api,
    clients: [{ clientId, redirectUris: [redirectUri] }],
    // A demo's login: whoever says that she is Alice, is. Codes, PKCE and keys are checked as anywhere.
    authenticate: async (_, { parameters }) => (parameters.login_hint === 'alice' ? { sub: 'alice' } : undefined),
    nonce: { policy: 'single-use', secret: nonceSecret },
    replayStore: memory.replayStore,
    revocation: memory.revocation,
    storeTimeoutSeconds: memory.storeTimeoutSeconds,
    onFailure: ({ endpoint, failure }) => console.error(`The authorization server could not answer ${endpoint}: ${failure}`),
  });
  return {
    close: memory.close,
    async answer(call) {
      const response = await server.fetch(requestOf(call));
      // Documents are for everybody: nothing is decided about them.
      if (call.method === 'POST') await tellOf('authorization-server', call, await ofAnswer(response.clone()));
      return response;
    },
    async issueExpired(jkt) {
      const issuedAtSeconds = Date.now() / 1000 - 2 * 3600;
      return (await server.issue({ sub: 'alice', clientId, jkt, issuedAtSeconds })).accessToken;
    },
  };
});

function requestOf({ message, method, url, headers }: Call): Request {
  const hasBody = method === 'POST';
  const body = hasBody ? (Readable.toWeb(message) as ReadableStream) : null;
  return new Request(url, { method, headers: [...headers], body, ...(hasBody && { duplex: 'half' }) });
}
