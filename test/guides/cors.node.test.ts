/** The guide to CORS: its API through a page's network, which sends preflights, and hides what is not exposed. */

import { assert } from 'chai';
import type { Server } from 'node:http';
import { createKeybound, type Keybound, type KeyboundError } from '../../src/index.ts';
import { createCors, createResourceServer, memoryReplayStore } from '../../src/resource-server.ts';
import { createApi, type Api } from '../support/api.ts';
import { pageOrigin } from './page-network.ts';
import { apiOrigin, bodyOf, createStage, type Stage } from './stage.ts';

describe('guide: CORS', () => {
  let stage: Stage;
  let api: Api;
  let keybound: Keybound;
  let warned: string[];
  const { warn } = console;

  beforeEach(async () => {
    warned = [];
    console.warn = (...words) => void warned.push(words.join(' '));
    stage = createStage('docs/guides/cors.md');
    api = await createApi();
    keybound = await createKeybound();
    const { nonce: _, nowSeconds: __, revocation: ___, ...options } = api.options;
    const resourceServer = createResourceServer({ ...options, replayStore: memoryReplayStore() });
    Object.assign(globalThis, { resourceServer, keybound });
  });
  afterEach(async () => {
    console.warn = warn;
    await keybound.destroy();
    for (const name of ['resourceServer', 'keybound']) Reflect.deleteProperty(globalThis, name);
    await stage.close();
  });

  async function call(): Promise<Response> {
    const accessToken = await api.issuer.issue({ jkt: keybound.jkt, nowSeconds: Date.now() / 1000 });
    return keybound.protect({ origins: [apiOrigin], accessToken: () => accessToken })(`${apiOrigin}/orders`);
  }

  it('its API: preflight, nonce challenge, answer', async () => {
    const { app } = await stage.samples.run<{ app: Server }>('api', 'app');
    await stage.attach(apiOrigin, app);
    const response = await call();
    assert.deepEqual(await bodyOf(response.clone()), { of: 'alice' });
    assert.isNotNull(response.headers.get('Date'), 'which the sample exposes');
  });

  /** An API that forgets something. */
  const serve = async (forget: 'to expose' | 'to allow') => {
    const cors = createCors({ origins: [pageOrigin] });
    const { resourceServer } = globalThis as unknown as { resourceServer: ReturnType<typeof createResourceServer> };
    await stage.serve(apiOrigin, async (request) => {
      const preflight = cors.preflight(request);
      if (preflight && forget === 'to allow') preflight.headers.set('Access-Control-Allow-Headers', 'authorization');
      if (preflight) return preflight;
      const decision = await resourceServer.verify({ method: request.method, url: `${apiOrigin}/orders`, headers: request.headers });
      const response = decision.ok ? new Response('') : decision.response();
      if (forget === 'to allow') cors.headers(request).forEach((value, name) => response.headers.append(name, value));
      else response.headers.set('Access-Control-Allow-Origin', pageOrigin);
      return response;
    });
  };

  it('a nonce that is not exposed: the 401 comes back, and the doctor names the header', async () => {
    await stage.samples.run('doctor', 'stop');
    await serve('to expose');
    const told = new Promise((resolve) => keybound.addEventListener('hidden-challenge', resolve));
    assert.equal((await call()).status, 401);
    await told;
    assert.include(warned.join(), 'Access-Control-Expose-Headers: DPoP-Nonce, WWW-Authenticate');
  });

  it('a preflight that does not allow dpop: a TypeError, and the doctor says why', async () => {
    await stage.samples.run('doctor', 'stop');
    await serve('to allow');
    const error = await call().then(() => assert.fail('no error'), (cause: TypeError) => cause);
    assert.instanceOf(error, TypeError);
    assert.equal((error.cause as KeyboundError).code, 'hidden');
    assert.include((error.cause as KeyboundError).message, 'dpop');
  });
});
