import { assert } from 'chai';
import { setupWorker } from 'msw/browser';
import { createKeybound, type Keybound } from '../../src/index.ts';
import { mockServers, type Exchange, type MockServers } from '../../src/msw.ts';

const replicas = ['https://api-a.example', 'https://api-b.example'];

describe('msw: the SDK against the mock servers, through a service worker', () => {
  let servers: MockServers;
  let worker: ReturnType<typeof setupWorker>;
  let keybound: Keybound;

  before(async () => {
    servers = await mockServers({ issuer: 'https://login.example', replicas });
    worker = setupWorker(...servers.handlers);
    await worker.start({ quiet: true, onUnhandledFrame: 'bypass' });
    keybound = await createKeybound({ name: crypto.randomUUID(), authorizationServers: [servers.authorizationServer.issuer] });
  });

  after(async () => {
    await keybound.destroy();
    await worker.stop();
  });

  it('logs in and reads orders on both replicas, under single-use nonces', async () => {
    const exchanges: Exchange[] = [];
    const stop = servers.observe((exchange) => void exchanges.push(exchange));
    const body = await servers.logIn('alice', { dpopJkt: keybound.jkt });
    const answer = await keybound.fetch(servers.authorizationServer.endpoints.token, { method: 'POST', body });
    const { access_token, token_type } = (await answer.json()) as Record<string, string>;
    assert.equal(token_type, 'DPoP');

    const api = keybound.protect({ origins: replicas, accessToken: () => access_token! });
    for (const replica of replicas) {
      const response = await api(`${replica}/orders`, { method: 'POST', body: 'one keyboard' });
      assert.deepEqual(await response.json(), { replica, method: 'POST', sub: 'alice', body: 'one keyboard' });
    }
    stop();
    const decisions = exchanges.flatMap(({ decision }) => (decision ? [decision.ok ? 'ALLOW' : decision.code] : []));
    assert.deepEqual(decisions.slice(-1), ['ALLOW']);
    assert.include(decisions, 'bad_or_missing_nonce');
  });
});
