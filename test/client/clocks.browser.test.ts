/** Clocks that differ by an hour, a day, a year, and servers that spell Ed25519 their own way: against real servers. */

import { assert } from 'chai';
import { createKeybound, type Keybound } from '../../src/index.ts';
import type { LaneOptions } from '../servers/lane.ts';
import { openLane, type TestLane } from '../support/lanes.ts';
import { openStage } from '../support/stages.ts';
import { jwt, newName } from './recorder.ts';

const withoutDate = ['DPoP-Nonce', 'WWW-Authenticate'];
const differences = { 'an hour ahead': 3600, 'an hour behind': -3600, 'a day ahead': 86_400, 'a day behind': -86_400, 'a year ahead': 31_536_000, 'a year behind': -31_536_000 };

describe("a server's clock", () => {
  const opened: { close(): unknown }[] = [];

  async function create(authorizationServers: readonly string[] = []): Promise<Keybound> {
    const keybound = await createKeybound({ name: newName(), authorizationServers });
    opened.push(keybound);
    return keybound;
  }

  async function open({ jkt }: Pick<Keybound, 'jkt'>, options: Partial<LaneOptions>): Promise<TestLane> {
    const lane = await openLane({ protocol: 'HTTP/1.1', jkt, ...options });
    opened.push(lane);
    return lane;
  }

  const protect = (keybound: Keybound, { origin, accessToken }: TestLane) => {
    const api = keybound.protect({ origins: [origin], accessToken: () => accessToken });
    return () => api(`${origin}/orders`);
  };
  const outcomes = async (lane: TestLane) => (await lane.report()).requests.map(({ outcome }) => outcome);

  afterEach(async () => {
    await Promise.all(opened.splice(0).map(async (one) => one.close()));
  });

  for (const [difference, clockAheadSeconds] of Object.entries(differences)) {
    describe(`that is ${difference}`, () => {
      for (const nonces of ['never', 'static'] as const) {
        it(`is learned from Date at the cost of one request, and then of none (nonces: ${nonces})`, async () => {
          const keybound = await create();
          const lane = await open(keybound, { clockAheadSeconds, nonces });
          const skews: number[] = [];
          keybound.addEventListener('skew', ({ detail }) => skews.push(detail.skewSeconds));
          const send = protect(keybound, lane);
          const began = Date.now();
          for (let request = 0; request < 3; request += 1) assert.equal((await send()).status, 200);
          assert.deepEqual(await outcomes(lane), ['invalid_dpop_proof', 'ok', 'ok', 'ok']);
          assert.equal(skews.length, 1);
          // Date says whole seconds, rounded down, and is as old as its answer when it is read.
          assert.isAtMost(skews[0]!, clockAheadSeconds);
          assert.isAtLeast(skews[0]!, clockAheadSeconds - 1.5 - (Date.now() - began) / 1000);
        });
      }

      it('is learned from the iat of a token response where Date is hidden: no request is lost', async () => {
        const iat = Math.floor(Date.now() / 1000) + clockAheadSeconds;
        const login = await openStage({ answers: [{ headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ access_token: jwt({ iat, exp: iat + 300 }), expires_in: 300 }) }], exposed: [] });
        opened.push(login);
        const keybound = await create([login.origin]);
        const lane = await open(keybound, { clockAheadSeconds, nonces: 'static', exposed: withoutDate });
        await keybound.fetch(`${login.origin}/token`, { method: 'POST' });
        assert.equal((await protect(keybound, lane)()).status, 200);
        assert.deepEqual(await outcomes(lane), ['use_dpop_nonce', 'ok']);
      });

      it("is learned from an authorization server's Date, for those that do not show theirs", async () => {
        const login = await open({ jkt: 'of nobody' }, { clockAheadSeconds, nonces: 'static' });
        const keybound = await create([login.origin]);
        const lane = await open(keybound, { clockAheadSeconds, nonces: 'never', exposed: withoutDate });
        assert.equal((await keybound.fetch(`${login.origin}/token`, { method: 'POST' })).status, 200);
        assert.equal((await protect(keybound, lane)()).status, 200);
        assert.deepEqual(await outcomes(lane), ['ok']);
      });

      it('that cannot be seen costs nothing more: the 401 comes back after one request', async () => {
        const keybound = await create();
        const lane = await open(keybound, { clockAheadSeconds, nonces: 'static', exposed: withoutDate });
        const response = await protect(keybound, lane)();
        assert.equal(response.status, 401);
        assert.include(response.headers.get('WWW-Authenticate'), 'invalid_dpop_proof');
        assert.deepEqual(await outcomes(lane), ['invalid_dpop_proof']);
      });
    });
  }

  it('is its own: a wrong one does not touch the proofs for another server, not by a second', async () => {
    const keybound = await create();
    const wrong = await open(keybound, { clockAheadSeconds: 100, nonces: 'never' });
    const right = await open(keybound, { nonces: 'never' });
    const [sendWrong, sendRight] = [protect(keybound, wrong), protect(keybound, right)];
    const before = Math.floor(Date.now() / 1000);
    for (let round = 0; round < 4; round += 1) {
      assert.equal((await sendWrong()).status, 200);
      assert.equal((await sendRight()).status, 200);
    }
    const after = Math.floor(Date.now() / 1000);
    assert.deepEqual(await outcomes(wrong), ['invalid_dpop_proof', 'ok', 'ok', 'ok', 'ok']);
    const { requests } = await right.report();
    assert.equal(requests.length, 4);
    for (const { iat } of requests) assert.isTrue(iat! >= before && iat! <= after, `${iat}`);
  });

  it('that says something else each time is followed once a request: two requests each, no flip-flop', async () => {
    const refused = (offset: number) => ({
      status: 401,
      headers: { 'WWW-Authenticate': 'DPoP error="invalid_dpop_proof"', Date: new Date(Date.now() + offset * 1000).toUTCString() },
    });
    const stage = await openStage({ answers: [refused(3600), refused(-3600), refused(7200), refused(-7200), refused(0)] });
    opened.push(stage);
    const keybound = await create();
    const api = keybound.protect({ origins: [stage.origin], accessToken: () => 'a-token' });
    for (const count of [2, 4]) {
      assert.equal((await api(stage.origin)).status, 401);
      assert.equal((await stage.requests()).length, count);
    }
  });

  it('is not taken from an answer that may come from a cache: only a refusal tells the time', async () => {
    const stage = await openStage({ answers: [{ headers: { Date: new Date(0).toUTCString() } }] });
    opened.push(stage);
    const keybound = await create();
    let skews = 0;
    keybound.addEventListener('skew', () => (skews += 1));
    await keybound.protect({ origins: [stage.origin], accessToken: () => 'a-token' })(stage.origin);
    assert.equal(skews, 0);
  });
});

describe('a server that takes Ed25519 by one name alone (RFC 8037, RFC 9864)', () => {
  const opened: { close(): unknown }[] = [];

  afterEach(async () => {
    await Promise.all(opened.splice(0).map(async (one) => one.close()));
  });

  it('is understood after one correction; others keep the name that they were called by', async () => {
    const keybound = await createKeybound({ name: newName(), algorithms: ['Ed25519'] });
    opened.push(keybound);
    const open = async (algorithms: readonly string[]) => {
      const lane = await openLane({ protocol: 'HTTP/1.1', nonces: 'static', jkt: keybound.jkt, algorithms });
      opened.push(lane);
      const api = keybound.protect({ origins: [lane.origin], accessToken: () => lane.accessToken });
      return { lane, send: () => api(lane.origin) };
    };
    const [older, newer] = await Promise.all([open(['ES256', 'EdDSA']), open(['Ed25519', 'ES256'])]);
    for (let round = 0; round < 2; round += 1) {
      assert.equal((await older.send()).status, 200);
      assert.equal((await newer.send()).status, 200);
    }
    const seen = async ({ lane }: typeof older) => (await lane.report()).requests.map(({ alg, outcome }) => [alg, outcome].join(' '));
    assert.deepEqual(await seen(older), ['Ed25519 invalid_dpop_proof', 'EdDSA ok', 'EdDSA ok']);
    assert.deepEqual(await seen(newer), ['Ed25519 use_dpop_nonce', 'Ed25519 ok', 'Ed25519 ok']);
  });
});
