/** What CORS hides from a page, on real servers of another origin, and what corsDoctor says of it. */

import { assert } from 'chai';
import { corsDoctor, createKeybound, KeyboundError, type Keybound, type KeyboundEventDetails, type KeyboundOptions } from '../../src/index.ts';
import type { StageOptions } from '../servers/stage.ts';
import { demand, openStage, type TestStage } from '../support/stages.ts';
import { newName, recorder, rejection } from './recorder.ts';

type Told = KeyboundEventDetails['hidden-challenge'];

describe('corsDoctor', () => {
  const opened: { close(): unknown }[] = [];

  async function open(options: Partial<StageOptions> = {}): Promise<TestStage> {
    const stage = await openStage({ answers: [demand], ...options });
    opened.push(stage);
    return stage;
  }

  async function watch(options: KeyboundOptions = {}): Promise<{ keybound: Keybound; told: Told[]; next: Promise<Told>; stop(): void }> {
    const keybound = await createKeybound({ name: newName(), ...options });
    opened.push(keybound);
    const told: Told[] = [];
    const next = new Promise<Told>((resolve) => {
      keybound.addEventListener('hidden-challenge', ({ detail }) => {
        told.push(detail);
        resolve(detail);
      });
    });
    return { keybound, told, next, stop: corsDoctor(keybound) };
  }

  const protect = (keybound: Keybound, { origin }: { readonly origin: string }) => keybound.protect({ origins: [origin], accessToken: () => 'a-token' });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map(async (one) => one.close()));
  });

  const exposures: readonly (readonly [exposed: readonly string[], told: readonly string[] | undefined, status: number])[] = [
    [[], ['DPoP-Nonce', 'WWW-Authenticate'], 401],
    [['Date'], ['DPoP-Nonce', 'WWW-Authenticate'], 401],
    [['DPoP-Nonce'], ['WWW-Authenticate'], 401],
    [['WWW-Authenticate'], ['DPoP-Nonce'], 401],
    [['DPoP-Nonce', 'WWW-Authenticate'], undefined, 200],
  ];
  for (const [exposed, headers, status] of exposures) {
    it(`says ${headers ? `that a page cannot read ${headers.join(' and ')}` : 'nothing'} where a 401 exposes ${exposed.join(', ') || 'nothing'}: the ${status} comes back`, async () => {
      const stage = await open({ answers: [demand, {}], exposed });
      const { keybound, told } = await watch();
      assert.equal((await protect(keybound, stage)(`${stage.origin}/orders?secret`)).status, status);
      const remedy = 'the server should send Access-Control-Expose-Headers: DPoP-Nonce, WWW-Authenticate';
      assert.deepEqual(told, headers ? [{ url: `${stage.origin}/orders`, headers, remedy }] : []);
      assert.equal((await stage.requests()).length, headers ? 1 : 2);
    });
  }

  it('says that a page cannot read the DPoP-Nonce of a token endpoint (RFC 9449 §8)', async () => {
    const answer = { status: 400, headers: { 'DPoP-Nonce': 'n1', 'Content-Type': 'application/json' }, body: '{"error":"use_dpop_nonce"}' };
    for (const exposed of [[], ['DPoP-Nonce']]) {
      const stage = await open({ answers: [answer, {}], exposed });
      const { keybound, told } = await watch({ authorizationServers: [stage.origin] });
      await keybound.fetch(`${stage.origin}/token`, { method: 'POST' });
      assert.deepEqual(told.map(({ headers }) => headers), exposed.length ? [] : [['DPoP-Nonce']]);
    }
  });

  it('says nothing of an answer that is no 401', async () => {
    const stage = await open({ answers: [{ status: 403 }, { status: 500 }, {}], exposed: [] });
    const { keybound, told } = await watch();
    for (let request = 0; request < 3; request += 1) await protect(keybound, stage)(stage.origin);
    assert.isEmpty(told);
  });

  for (const [missing, allowed] of Object.entries({ dpop: ['authorization'], authorization: ['dpop'], both: ['content-type'] })) {
    it(`says what a preflight lacks that does not allow ${missing}: a bare TypeError gets its likely cause, an event follows`, async () => {
      const stage = await open({ answers: [{}], allowed });
      const { keybound, next } = await watch();
      const error = await rejection(protect(keybound, stage)(`${stage.origin}/orders?secret`));
      assert.instanceOf(error, TypeError);
      const cause = error.cause as KeyboundError;
      assert.instanceOf(cause, KeyboundError);
      assert.equal(cause.code, 'hidden');
      assert.include(cause.message, 'Access-Control-Allow-Headers: authorization, dpop');
      assert.notInclude(cause.message, 'secret');
      const { url, remedy, headers } = await next;
      assert.deepEqual([url, headers], [`${stage.origin}/orders`, ['DPoP']]);
      assert.include(remedy, 'Access-Control-Allow-Headers: authorization, dpop');
      const [look, ...others] = await stage.requests();
      assert.isEmpty(others);
      assert.equal(look!.method, 'HEAD');
      for (const name of ['authorization', 'dpop', 'cookie']) assert.notProperty(look!.headers, name);
    });
  }

  it('says nothing of a server that is down: its look, too, finds nobody', async () => {
    const stage = await open();
    await stage.close();
    const looks: Promise<Response>[] = [];
    const { keybound, told } = await watch({
      fetch: (...request) => {
        looks.push(fetch(...request));
        return looks.at(-1)!;
      },
    });
    const error = await rejection(protect(keybound, stage)(stage.origin));
    assert.instanceOf(error, TypeError);
    await rejection(looks[1]!);
    await new Promise((resolve) => setTimeout(resolve));
    assert.equal(looks.length, 2);
    assert.isEmpty(told);
  });

  it('says nothing of an abort, and leaves a cause that is there', async () => {
    const { keybound, told } = await watch({ fetch: () => Promise.reject(failure) });
    const api = protect(keybound, { origin: 'https://api.example.com' });
    let failure: Error = new DOMException('gone', 'AbortError');
    assert.equal(await rejection(api('https://api.example.com/')), failure);
    const cause = new Error('known');
    failure = new TypeError('Failed to fetch', { cause });
    assert.equal((await rejection(api('https://api.example.com/'))).cause, cause);
    assert.isEmpty(told);
  });

  it("says nothing of the page's own origin, which hides nothing", async () => {
    const { keybound, told } = await watch({ fetch: recorder(() => new Response(null, { status: 401 })).fetch });
    await protect(keybound, location)(`${location.origin}/orders`);
    assert.isEmpty(told);
  });

  it('says nothing more once it was stopped', async () => {
    const stage = await open({ exposed: [] });
    const { keybound, told, stop } = await watch();
    const api = protect(keybound, stage);
    await api(stage.origin);
    stop();
    await api(stage.origin);
    assert.equal(told.length, 1);
  });
});
