/** How small a verifier's tolerance may be under policy `none`: what the client takes for the network's delay, it never corrects. */

import { assert } from 'chai';
import { createKeybound, createSigner } from '../../src/index.ts';
import { createResourceServer } from '../../src/resource-server.ts';
import { createTokenIssuer } from '../support/tokens.ts';
import { api, newName } from './recorder.ts';

const start = 1_800_000_000;
const { now: trueNow } = Date;

/** The statuses of two requests, by a client whose clock is ahead, to a server that shows its own and demands no nonces. */
async function statuses({ clockToleranceSeconds, aheadSeconds, fraction }: { readonly clockToleranceSeconds: number; readonly aheadSeconds: number; readonly fraction: number }) {
  const serverSeconds = start + fraction;
  const issuer = await createTokenIssuer();
  const server = createResourceServer({
    issuers: [{ issuer: issuer.issuer, audience: issuer.audience, keys: issuer.jwks, requiredClaims: [] }],
    replayStore: { shared: true, claim: async () => true },
    nonce: { policy: 'none' },
    clockToleranceSeconds,
    nowSeconds: () => serverSeconds,
  });
  Date.now = () => (serverSeconds + aheadSeconds) * 1000;
  const signer = await createSigner();
  const accessToken = await issuer.issue({ jkt: await signer.thumbprint(), nowSeconds: start });
  const keybound = await createKeybound({
    name: newName(),
    signer,
    async fetch(input) {
      const decision = await server.verify(input as Request);
      const response = decision.ok ? new Response('ok', { headers: decision.headers }) : decision.response();
      response.headers.set('Date', new Date(start * 1000).toUTCString());
      return response;
    },
  });
  try {
    const protectedFetch = keybound.protect({ origins: [api], accessToken: () => accessToken });
    return [(await protectedFetch(api)).status, (await protectedFetch(api)).status];
  } finally {
    keybound.close();
  }
}

describe('the tolerance of a server without nonces', () => {
  afterEach(() => {
    Date.now = trueNow;
  });

  it('of 5 seconds or more refuses no client that can see its clock, however far that one is ahead', async () => {
    for (const aheadSeconds of [-20, -4.9, 0, 4.4, 4.9, 5, 5.4, 5.6, 6, 9.9, 20, 86_400]) {
      for (const fraction of [0, 0.3, 0.7, 0.99]) {
        const served = await statuses({ clockToleranceSeconds: 5, aheadSeconds, fraction });
        assert.deepEqual(served, [200, 200], `${aheadSeconds} s ahead, ${fraction} s into a second`);
      }
    }
  });

  it('of less refuses a client for ever that is ahead by more than that and takes it for the way of the answer', async () => {
    assert.deepEqual(await statuses({ clockToleranceSeconds: 4, aheadSeconds: 5, fraction: 0 }), [401, 401]);
    assert.deepEqual(await statuses({ clockToleranceSeconds: 4, aheadSeconds: 6, fraction: 0 }), [200, 200]);
  });
});
