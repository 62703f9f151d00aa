import { assert } from 'chai';
import {
  createAuthorizationServer, memoryGrantStorage, memoryReplayStore, type AuthorizationServerOptions, type FailureEvent,
} from '../../src/authorization-server.ts';
import { RedisStoreError } from '../../src/redis.ts';
import { authorizationRequest as request, createLogin } from '../support/login.ts';
import { brokenListeners } from '../support/listeners.ts';

const down = () => Promise.reject(new RangeError('down'));
/** A store that quotes in its errors whatever it was given. */
const quoting = (...given: unknown[]) => Promise.reject(new Error(JSON.stringify(given)));
const caller = { clientId: 'orders', clientSecret: 'x'.repeat(32) };
const credentials = { Authorization: `Basic ${btoa(`${caller.clientId}:${caller.clientSecret}`)}` };

async function createHeard(options: Partial<AuthorizationServerOptions> = {}) {
  const events: FailureEvent[] = [];
  const login = await createLogin({
    authenticate: async () => ({ sub: 'alice' }), introspectionCallers: [caller], onFailure: (event) => void events.push(event), ...options,
  });
  const visit = () => login.server.fetch(new Request(`${login.server.endpoints.authorization}?${new URLSearchParams(request)}`));
  return { ...login, events, visit };
}

describe('authorization server: what monitoring hears of failures', () => {
  type Play = (login: Awaited<ReturnType<typeof createHeard>>) => Promise<unknown>;
  const storageDown = { storage: { get: down, put: down } };
  const introspect: Play = async ({ server, alice, post }) => {
    const { accessToken: token } = await server.issue({ sub: 'alice', clientId: 'spa', jkt: alice.jkt });
    return post(server.endpoints.introspection, { token }, credentials);
  };
  const rows: [FailureEvent['endpoint'], string, Partial<AuthorizationServerOptions>, Play][] = [
    ['token', 'the storage', storageDown, ({ refresh }) => refresh('a.b')],
    ['token', 'the replay store', { replayStore: { claim: down } }, async ({ redeem, code }) => redeem(await code())],
    ['token', 'the signing keys', { signingKeys: down }, async ({ redeem, code }) => redeem(await code())],
    ['jwks', 'the signing keys', { signingKeys: down }, ({ server }) => server.fetch(new Request(server.endpoints.jwks))],
    ['revocation', 'the storage', storageDown, ({ server, post }) => post(server.endpoints.revocation, { client_id: 'spa', token: 'a.b' })],
    ['introspection', 'the revocation list', { revocation: { revoke: down, check: down } }, introspect],
    ['pushedRequest', 'the storage', storageDown, ({ server, post }) => post(server.endpoints.pushedRequest, request)],
    ['authorization', 'the login, which is told to the client by redirect', { authenticate: down }, ({ visit }) => visit()],
    ['bind', 'the replay store', { replayStore: { claim: down } }, async ({ server, prove }) =>
      server.bind({ method: 'POST', url: server.endpoints.token, headers: [['DPoP', await prove()]] })],
  ];
  for (const [endpoint, what, options, play] of rows) {
    it(`${endpoint}: ${what} failed`, async () => {
      const login = await createHeard(options);
      await play(login);
      const [event, ...others] = login.events;
      assert.lengthOf(others, 0);
      assert.deepInclude(event, { endpoint, failure: 'RangeError' });
      assert.instanceOf(event!.cause, RangeError);
    });
  }

  it("the code of an error that has one, as a Redis store's", async () => {
    const { events, redeem, code } = await createHeard({ replayStore: { claim: () => Promise.reject(new RedisStoreError('full', 'OOM')) } });
    await redeem(await code());
    assert.propertyVal(events[0], 'failure', 'RedisStoreError: full');
  });

  it('no refusal: what is wrong with a request is no failure', async () => {
    const { events, redeem, server, post, visit } = await createHeard({ authenticate: async () => undefined });
    await redeem('made.up');
    await redeem('made.up', { proof: undefined });
    await post(server.endpoints.introspection, { token: 'x' });
    await server.bind(new Request(server.endpoints.token, { method: 'POST' }));
    await visit();
    assert.isEmpty(events);
  });

  it('no code, token or proof, though the stores quote all that they are given', async () => {
    let [isDown, isBlind] = [false, false];
    const grants = memoryGrantStorage();
    const login = await createHeard({
      storage: {
        get: (id) => grants.get(id),
        put: (id, grant) => (isDown ? quoting(id, grant) : grants.put(id, grant)),
      },
      replayStore: { claim: async (key) => !isBlind || quoting(key) },
    });
    const tokens = await login.logIn();
    const [code, proof] = [await login.code(), await login.prove()];
    isDown = true;
    await login.redeem(code, { proof });
    await login.refresh(tokens.refresh_token, { proof });
    isBlind = true;
    await login.server.bind({ method: 'POST', url: login.server.endpoints.token, headers: [['DPoP', proof]] });
    assert.lengthOf(login.events, 3);
    const heard = login.events.map(({ cause }) => String(cause)).join();
    for (const secret of [code, proof, tokens.refresh_token, tokens.access_token]) {
      for (const part of secret.split('.').filter((text) => text.length > 20)) assert.notInclude(heard, part);
    }
  });

  it('bind says why by itself, as the resource server does, and tells the caller nothing of it', async () => {
    const { server, prove } = await createLogin({ replayStore: { claim: down } });
    const decision = await server.bind({ method: 'POST', url: server.endpoints.token, headers: [['DPoP', await prove()]] });
    assert.isFalse(decision.ok);
    if (decision.ok) return;
    assert.instanceOf(decision.cause, RangeError);
    assert.notInclude(await decision.response().text(), 'down');
    const refused = await server.bind({ method: 'POST', url: server.endpoints.token, headers: [] });
    assert.notProperty(refused, 'cause');
  });

  for (const [fault, onFailure] of brokenListeners) {
    it(`answers as ever where the listener ${fault}`, async () => {
      const { refresh } = await createHeard({ ...storageDown, onFailure });
      assert.equal((await refresh('a.b')).status, 503);
    });
  }

  it('is a TypeError where the listener is no function', () => {
    const options = { issuer: 'https://login.example.com', audience: 'api', clients: [], replayStore: memoryReplayStore() };
    assert.throws(() => createAuthorizationServer({ ...options, onFailure: 'log' as unknown as () => void }), TypeError, 'onFailure');
  });
});
