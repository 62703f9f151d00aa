/** Two tabs whose token is refused: refresh tokens that are good once (RFC 9700 §4.14.2) are used once, against real servers. */

import { assert } from 'chai';
import type { Keybound } from '../../src/index.ts';
import { openFrame, type TestFrame } from '../support/frame.ts';
import { openLane, type TestLane } from '../support/lanes.ts';
import { newName } from './recorder.ts';

describe('a refused token in two tabs', () => {
  const opened: { close(): unknown }[] = [];
  const frames: TestFrame[] = [];

  afterEach(async () => {
    await Promise.all(opened.splice(0).map(async (one) => one.close()));
    for (const frame of frames.splice(0)) frame.remove();
  });

  /** What an app keeps where all its tabs find it. Its refresh token is good once, and each refresh gives the next one. */
  interface Stored {
    accessToken: string;
    refreshToken: number;
  }

  it('is renewed once for 50 requests of each, over the lock that they share, and with one refresh token', async () => {
    const name = newName();
    const tabs = await Promise.all([openFrame(), openFrame()]);
    frames.push(...tabs);
    const keybounds = await Promise.all(tabs.map(({ sdk }) => sdk.createKeybound({ name })));
    const lane = await openLane({ jkt: keybounds[0]!.jkt, nonces: 'static', protocol: 'HTTP/1.1', staleToken: true });
    opened.push(lane, ...keybounds);
    const stored: Stored = { accessToken: lane.accessToken, refreshToken: 0 };
    const used: number[] = [];
    const told: boolean[] = [];
    const fetches = keybounds.map((keybound) => {
      keybound.addEventListener('refresh', ({ detail }) => told.push(detail.ok));
      return keybound.protect({
        origins: [lane.origin],
        accessToken: () => stored.accessToken,
        refresh: async () => {
          used.push(stored.refreshToken);
          stored.accessToken = await logIn(keybound, lane);
          stored.refreshToken += 1;
        },
      });
    });
    const answers = await Promise.all(fetches.flatMap((fetch, tab) => Array.from({ length: 50 }, (_, index) => fetch(`${lane.origin}/${tab}/${index}`))));
    assert.deepEqual(answers.filter(({ status }) => status !== 200), []);
    assert.deepEqual(used, [0]);
    assert.deepEqual(told, [true]);
    const { requests } = await lane.report();
    const refused = requests.filter(({ outcome }) => outcome === 'invalid_token');
    assert.isAtLeast(refused.length, 1);
    assert.equal(requests.filter(({ role, outcome }) => role === 'AS' && outcome === 'ok').length, 1);
  });

  /** The lane is its own authorization server; its token endpoint, too, wants a nonce. */
  async function logIn(keybound: Keybound, { origin }: TestLane): Promise<string> {
    const url = `${origin}/token`;
    const send = async (nonce?: string) => fetch(url, { method: 'POST', headers: { DPoP: await keybound.proof({ method: 'POST', url, nonce }) } });
    const challenged = await send();
    const response = await send(challenged.headers.get('DPoP-Nonce')!);
    assert.equal(response.status, 200);
    return ((await response.json()) as { access_token: string }).access_token;
  }
});
