/** Servers that redirect (RFC 9110 §15.4): a proof is for one URL, so none follows, neither here nor to another origin. */

import { assert } from 'chai';
import { createKeybound, type Keybound } from '../../src/index.ts';
import { demand, openStage, type TestStage } from '../support/stages.ts';
import { newName, rejection } from './recorder.ts';

describe('a redirect', () => {
  const opened: { close(): unknown }[] = [];
  const open = async (...answers: Parameters<typeof openStage>[0]['answers']) => {
    const stage = await openStage({ answers });
    opened.push(stage);
    return stage;
  };

  afterEach(async () => {
    await Promise.all(opened.splice(0).map(async (one) => one.close()));
  });

  /** The ways by which a token or a proof goes out. */
  const ways: Record<string, (keybound: Keybound, origin: string) => typeof fetch> = {
    'protect': (keybound, origin) => keybound.protect({ origins: [origin], accessToken: () => 'a-token' }),
    'protect without a token': (keybound, origin) => keybound.protect({ origins: [origin], accessToken: () => undefined }),
    'bearerOrigins': (keybound, origin) => keybound.protect({ origins: [], bearerOrigins: [origin], accessToken: () => 'a-token' }),
    'keybound.fetch': (keybound) => async (input, init) => keybound.fetch(input, { ...init, headers: { Authorization: 'Bearer a-token' } }),
  };

  /** Where it leads: to the server itself, or to one that takes whatever it is sent. */
  const places: Record<string, (elsewhere: TestStage) => string> = {
    'to the same origin': () => '/elsewhere',
    'to another origin': (elsewhere) => `${elsewhere.origin}/collect`,
  };

  for (const [way, fetchOf] of Object.entries(ways)) {
    for (const [place, locationOf] of Object.entries(places)) {
      for (const method of ['GET', 'POST']) {
        it(`by 301, 302, 303, 307 and 308 ${place} ends a ${method} by ${way}: the error names the remedy, and nothing is sent there`, async () => {
          const bystander = await open({});
          for (const status of [301, 302, 303, 307, 308]) {
            const server = await open({ status, headers: { Location: locationOf(bystander) } });
            const keybound = await createKeybound({ name: newName(), authorizationServers: [server.origin] });
            opened.push(keybound);
            for (const redirect of ['follow', 'manual', 'error'] as const) {
              const error = await rejection(fetchOf(keybound, server.origin)(`${server.origin}/orders?page=2`, { method, redirect }));
              assert.deepInclude(error, { name: 'KeyboundError', code: 'redirected' });
              assert.include(error.message, `${server.origin}/orders`);
              assert.match(error.message, /call the URL that it leads to/);
            }
            const paths = (await server.requests()).map(({ path }) => path);
            assert.deepEqual(paths, ['/orders?page=2', '/orders?page=2', '/orders?page=2']);
          }
          assert.isEmpty(await bystander.requests());
        });
      }
    }
  }

  it('after a challenge ends the second attempt', async () => {
    const bystander = await open({});
    const server = await open(demand, { status: 307, headers: { Location: bystander.origin } });
    const keybound = await createKeybound({ name: newName() });
    opened.push(keybound);
    const api = keybound.protect({ origins: [server.origin, bystander.origin], accessToken: () => 'a-token' });
    assert.equal((await rejection(api(server.origin))).code, 'redirected');
    assert.equal((await server.requests()).length, 2);
    assert.isEmpty(await bystander.requests(), 'not even where the other origin is on the list');
  });

  it('is remedied by calling the URL that it leads to', async () => {
    const server = await open({ status: 308, headers: { Location: '/orders/' } }, {});
    const keybound = await createKeybound({ name: newName() });
    opened.push(keybound);
    const api = keybound.protect({ origins: [server.origin], accessToken: () => 'a-token' });
    await rejection(api(`${server.origin}/orders`));
    assert.equal((await api(`${server.origin}/orders/`)).status, 200);
  });

  it('that fetch follows hands the DPoP header to the other origin: that is why', async () => {
    const bystander = await open({});
    const server = await open({ status: 307, headers: { Location: `${bystander.origin}/collect` } });
    await fetch(server.origin, { headers: { DPoP: 'a proof', Authorization: 'DPoP a-token' } });
    const [collected] = await bystander.requests();
    assert.equal(collected!.headers.dpop, 'a proof');
    assert.isUndefined(collected!.headers.authorization);
  });

  it('without a proof is followed as ever: metadata of an authorization server', async () => {
    const server = await open({ status: 301, headers: { Location: '/new' } }, { body: '{"issuer":"x"}' });
    const keybound = await createKeybound({ name: newName(), authorizationServers: [server.origin] });
    opened.push(keybound);
    assert.deepEqual(await (await keybound.fetch(`${server.origin}/.well-known/oauth-authorization-server`)).json(), { issuer: 'x' });
  });
});
