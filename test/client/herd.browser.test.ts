/** Many requests at once to a server that demands nonces (RFC 9449 §8, §9): what they cost, on real connections. */

import { assert } from 'chai';
import { createKeybound, type Keybound } from '../../src/index.ts';
import type { LaneOptions, LaneReport } from '../servers/lane.ts';
import { openFrame, stopTimers, type TestFrame } from '../support/frame.ts';
import { keepMeasured, openLane, type TestLane } from '../support/lanes.ts';
import { readNotes } from './database.ts';
import { newName, rejection } from './recorder.ts';

const protocols = { 'HTTP/1.1': '1.1', 'HTTP/2': '2.0' } as const;
type Protocol = keyof typeof protocols;
const bothProtocols = Object.keys(protocols) as Protocol[];

/** What 100 first requests may cost; where nothing is said, all must succeed and the cost is stated. */
const regimes: readonly { readonly server: string; readonly nonces: LaneOptions['nonces']; readonly most: { readonly [Of in Protocol]?: number } }[] = [
  { server: 'has one nonce for good', nonces: 'static', most: { 'HTTP/1.1': 102, 'HTTP/2': 102 } },
  { server: 'has a new nonce every 25 answers', nonces: { everyAnswers: 25 }, most: { 'HTTP/1.1': 104 } },
  { server: 'has a new nonce with every answer', nonces: { everyAnswers: 1 }, most: { 'HTTP/1.1': 125 } },
  { server: 'takes each nonce once', nonces: 'single-use', most: { 'HTTP/1.1': 200 } },
  { server: 'demands no nonce', nonces: 'never', most: { 'HTTP/1.1': 100, 'HTTP/2': 100 } },
];

describe('a herd of requests', () => {
  const opened: { close(): unknown }[] = [];
  const frames: TestFrame[] = [];

  /** A key, a lane for it, and a fetch that is protected there. */
  async function open(options: Partial<LaneOptions>, sdk = { createKeybound }, name = newName()) {
    const keybound = await sdk.createKeybound({ name });
    const lane = await openLane({ jkt: keybound.jkt, ...options });
    opened.push(keybound, lane);
    return { name, keybound, lane, api: protect(keybound, lane) };
  }

  // Each request has a URL of its own: browsers let the second for one URL wait for their cache, until the first is answered.
  function protect(keybound: Keybound, { origin, accessToken }: TestLane): (init?: RequestInit) => Promise<Response> {
    const fetch = keybound.protect({ origins: [origin], accessToken: () => accessToken });
    let orders = 0;
    return (init) => fetch(`${origin}/orders/${(orders += 1)}`, init);
  }

  async function newFrame(): Promise<TestFrame> {
    const frame = await openFrame();
    frames.push(frame);
    return frame;
  }

  /** The SDK where nobody loses patience, however long a busy machine takes to answer. */
  async function withoutTimers(): Promise<TestFrame['sdk']> {
    const { sdk, window } = await newFrame();
    stopTimers(window);
    return sdk;
  }

  afterEach(async () => {
    await Promise.all(opened.splice(0).map(async (one) => one.close()));
    for (const frame of frames.splice(0)) frame.remove();
  });

  for (const protocol of bothProtocols) {
    for (const { server, nonces, most } of regimes) {
      const limit = most[protocol];
      it(`of 100 all succeed over ${protocol} where the server ${server}${limit ? `, by at most ${limit} requests` : ''}`, async () => {
        const { api, lane } = await open({ protocol, nonces, delaySeconds: 0.05 }, await withoutTimers());
        const succeeded = await countGood(many(100, () => api()));
        const report = await lane.report();
        const requests = report.requests.length;
        await keepMeasured(`100 first requests over ${protocol}, server ${server}`, { requests, succeeded });
        assertCareful(report, protocol);
        assert.equal(succeeded, 100, `by ${requests} requests`);
        if (limit) assert.isAtMost(requests, limit);
      });
    }

    it(`does not wait for ever for a first one that is never answered (${protocol})`, async () => {
      const { api, lane } = await open({ protocol, first: 'hang' });
      const first = rejection(api());
      await lane.arrived(1);
      assert.equal(await countGood(many(99, () => api())), 99);
      const report = await lane.report();
      assert.equal(report.requests[0]!.outcome, 'pending');
      assertCareful(report, protocol);
      await lane.close();
      assert.instanceOf(await first, TypeError);
    });

    it(`does not fall with a first one whose connection ends (${protocol})`, async () => {
      const { api, lane } = await open({ protocol, first: 'reset' }, await withoutTimers());
      // A browser may send a request again by itself where its connection ended.
      assert.isAtLeast(await countGood(many(100, () => api())), 99);
      const report = await lane.report();
      assert.equal(report.requests[0]!.outcome, 'pending');
      assertCareful(report, protocol);
    });
  }

  it('lets those that wait be aborted: each at once, with its own reason', async () => {
    // Nothing but the abort can end a wait there.
    const { keybound, api, lane } = await open({ first: 'hang' }, await withoutTimers());
    const waiting = new AbortController();
    const first = rejection(api());
    await lane.arrived(1);
    const waiter = rejection(api({ signal: waiting.signal }));
    await sendByHand(keybound, lane);
    const reason = new Error('The user went elsewhere.');
    waiting.abort(reason);
    assert.equal(await waiter, reason);
    await sendByHand(keybound, lane);
    const { requests } = await lane.report();
    assert.deepEqual(requests.map(({ path }) => path), ['/orders/1', '/by-hand', '/by-hand'], 'the second order never left');
    await lane.close();
    await first;
  });

  it('lets a request that hangs be aborted after memory was collected: WebKit forgets the signal of a Request that nobody holds', async () => {
    const { api, lane } = await open({ first: 'hang' });
    const hanging = new AbortController();
    const first = rejection(api({ signal: hanging.signal }));
    await lane.arrived(1);
    await makeGarbage();
    hanging.abort();
    assert.equal((await first).name, 'AbortError');
  });

  for (const [again, comeBack] of [
    ['after a reload', async (frame: TestFrame) => frame.reload()],
    ['after close()', async (frame: TestFrame) => frame],
  ] as const) {
    it(`waits for nothing ${again} where the server is known to demand no nonce: all 100 are under way before any answer`, async () => {
      const frame = await newFrame();
      const { name, keybound, lane, api } = await open({ nonces: 'never', hold: { after: 1, more: 100 } }, frame.sdk);
      assert.equal((await api()).status, 200);
      // It is noted beside the key, and a reload may be quicker than that.
      while (!(await readNotes(name)));
      keybound.close();
      const { sdk, window } = await comeBack(frame);
      stopTimers(window);
      const reopened = await sdk.createKeybound({ name });
      opened.push(reopened);
      const fetchAgain = protect(reopened, lane);
      assert.equal(await countGood(many(100, () => fetchAgain())), 100);
      const report = await lane.report();
      assertCareful(report, 'HTTP/2');
      assert.equal(report.requests.length, 101);
      assert.equal(Math.max(...report.requests.map(({ inFlight }) => inFlight)), 100);
    });
  }

  it('never mixes the nonces of an authorization server and a resource server on one origin', async () => {
    const lane = await openLane({ jkt: 'of nobody' });
    const keybound = await createKeybound({ name: newName(), authorizationServers: [lane.origin] });
    opened.push(keybound, lane);
    const logIn = () => keybound.fetch(`${lane.origin}/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'refresh_token' }) });
    const { access_token } = (await (await logIn()).json()) as { access_token: string };
    const api = protect(keybound, { ...lane, accessToken: access_token });
    const calls = many(50, (index) => (index % 2 ? api() : logIn()));
    assert.equal(await countGood(calls), 50);
    const report = await lane.report();
    assertCareful(report, 'HTTP/2');
    for (const role of ['AS', 'RS']) {
      assert.include(report.requests.filter((request) => request.role === role).map(({ nonce }) => nonce), 0);
    }
  });

  it('profits from what another tab learned: its first request carries the nonce', async () => {
    const { sdk, window } = await newFrame();
    const { name, api, lane } = await open({});
    const there = await sdk.createKeybound({ name });
    opened.push(there);
    assert.equal((await api()).status, 200);
    await wordArrives(window);
    assert.equal((await protect(there, lane)()).status, 200);
    const { requests } = await lane.report();
    assert.deepEqual(requests.map(({ nonce, outcome }) => [nonce, outcome]), [[undefined, 'use_dpop_nonce'], [0, 'ok'], [0, 'ok']]);
  });
});

const many = (count: number, call: (index: number) => Promise<Response>) => Array.from({ length: count }, (_, index) => call(index));

/** A request that does not go by the send path, and so waits for nobody. */
async function sendByHand(keybound: Keybound, { origin, accessToken }: TestLane): Promise<void> {
  const url = `${origin}/by-hand`;
  const proof = await keybound.proof({ method: 'GET', url, accessToken });
  await fetch(url, { headers: { Authorization: `DPoP ${accessToken}`, DPoP: proof } });
}

/** Enough of it that every browser collects what nobody holds. */
async function makeGarbage(): Promise<void> {
  for (let round = 0; round < 3000; round += 1) {
    new Request('/', { method: 'POST', body: 'x'.repeat(100_000) }).clone();
    await new Response('y'.repeat(100_000)).text();
  }
}

/** How many of some calls succeed, read to the end of their answers. */
async function countGood(calls: readonly Promise<Response>[]): Promise<number> {
  const outcomes = await Promise.allSettled(calls.map(async (call) => {
    const response = await call;
    await response.arrayBuffer();
    return response.ok;
  }));
  return outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value).length;
}

/** Whatever was sent came by this protocol, with a good and fresh proof, and without a nonce that is not its server's. */
function assertCareful({ requests }: LaneReport, protocol: Protocol): void {
  for (const request of requests) {
    assert.equal(request.httpVersion, protocols[protocol]);
    assert.include(['ok', 'use_dpop_nonce', 'pending'], request.outcome, request.why);
    assert.notEqual(request.nonce, 'foreign');
  }
}

/** Resolves when a word from here has reached a window: words that were sent before have reached it by then. */
async function wordArrives(window: TestFrame['window']): Promise<void> {
  const name = newName();
  const there = new window.BroadcastChannel(name);
  const here = new BroadcastChannel(name);
  const heard = new Promise((resolve) => (there.onmessage = resolve));
  here.postMessage('here');
  await heard;
  for (const channel of [here, there]) channel.close();
}
