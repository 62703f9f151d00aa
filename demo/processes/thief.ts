/**
 * The thief's process: his own key, his own connections. The page posts him what it lets him steal; what he sends with it
 * leaves from here, and the answer is what came of it.
 */

import { json } from 'node:stream/consumers';
import { carryAttempt, readCapture, type CarriedAttempt, type CarriedCapture } from '../world/live/carried.ts';
import { LocalThief } from '../world/thief.ts';
import type { Sent } from '../world/wiretap.ts';
import type { Bent } from '../world/world.ts';
import { headerOf, perform, type Call } from './perform.ts';

interface Loot {
  readonly accessToken: string;
  readonly captured: CarriedCapture;
  readonly bent: Bent;
}

await perform(async ({ addresses, page }) => {
  let sent: Sent[] = [];
  const thief = await LocalThief.create({ tell: (attempt) => void sent.push(attempt), api: addresses.api });

  /** He attacks the demo's servers, and nobody else's. */
  const isTarget = (url: string) => Object.values(addresses).includes(new URL(url).origin);

  const deeds: Readonly<Record<string, (loot: Loot) => Promise<void>>> = {
    '/use': ({ accessToken }) => thief.use(accessToken),
    '/tamper': ({ accessToken }) => thief.tamper(accessToken),
    async '/send'({ captured, bent }) {
      if (!isTarget(bent.url ?? captured.url)) throw new Error('That is no server of the demo.');
      await thief.send(readCapture(captured), bent);
    },
  };

  async function act(call: Call): Promise<CarriedAttempt[] | undefined> {
    const deed = deeds[new URL(call.url).pathname];
    if (!deed || call.method !== 'POST') return undefined;
    sent = [];
    await deed((await json(call.message)) as Loot);
    return Promise.all(sent.map(carryAttempt));
  }

  // One deed after another: two tabs may ask at a time.
  let last: Promise<unknown> = Promise.resolve();
  return {
    async answer(call) {
      if (call.method === 'GET') return Response.json({ jkt: thief.jkt, pid: process.pid });
      if (headerOf(call, 'Origin') !== page) return new Response('Only the page of the demo', { status: 403 });
      const deed = last.then(() => act(call));
      last = deed.catch(() => {});
      const attempts = await deed;
      return attempts ? Response.json(attempts) : new Response(null, { status: 404 });
    },
  };
});
