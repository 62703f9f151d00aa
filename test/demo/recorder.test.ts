/** The demo page writes down every request that was decided on, whatever came of its answer. */

import { assert } from 'chai';
import type { Entry } from '../../demo/exchange.ts';
import { markOf } from '../../demo/ruling.ts';
import { carryAttempt, carryCapture, readAttempt, readCapture } from '../../demo/world/live/carried.ts';
import { Recorder } from '../../demo/world/recorder.ts';
import type { Sent } from '../../demo/world/wiretap.ts';

const request = new Request('https://api.example/orders', { headers: { DPoP: 'proof', Authorization: 'DPoP token' } });

const sentWith = (response: Response): Sent => ({ sender: 'Thief', request, response, attempt: 1, remarks: [] });

const brokenOff = () => new Response(new ReadableStream({ pull: (controller) => controller.error(new Error('the connection ended')) }));

async function entryOf(sent: Sent): Promise<Entry> {
  const entries: Entry[] = [];
  const recorder = new Recorder((entry) => entries.push(entry));
  recorder.decided({ judge: 'replica-b', verdict: 'ALLOW', step: 10, mark: await markOf(request) });
  recorder.sent(sent);
  await recorder.settled();
  assert.lengthOf(entries, 1);
  return entries[0]!;
}

const exchangeOf = ({ shown }: Entry) => (shown.kind === 'exchange' ? shown.exchange : assert.fail('no exchange'));

describe('the demo’s recorder', () => {
  it('shows what was decided where the answer’s body broke off', async () => {
    const entry = await entryOf(sentWith(brokenOff()));
    assert.equal(entry.verdict, 'ALLOW');
    assert.equal(entry.judge, 'Replica B');
    assert.equal(exchangeOf(entry).responseBody, '(the body broke off)');
  });

  it('shows what the thief’s process carried over as if he had sent it from here', async () => {
    const response = Response.json({ orders: [] }, { status: 401, headers: { 'DPoP-Nonce': 'n' } });
    const here = exchangeOf(await entryOf(sentWith(response.clone())));
    const carried: unknown = JSON.parse(JSON.stringify(await carryAttempt(sentWith(response))));
    assert.deepEqual(exchangeOf(await entryOf(readAttempt(carried as Awaited<ReturnType<typeof carryAttempt>>))), here);
    for (const odd of [new Response(null, { status: 204 }), brokenOff()])
      assert.equal(readAttempt(await carryAttempt(sentWith(odd))).response.status, odd.status);
  });

  it('hands a captured request over whole', () => {
    const captured = { method: 'GET', url: request.url, headers: new Headers(request.headers), nonce: 'n' };
    const { headers, ...rest } = readCapture(JSON.parse(JSON.stringify(carryCapture(captured))) as ReturnType<typeof carryCapture>);
    assert.deepEqual({ ...rest, headers: [...headers] }, { ...captured, headers: [...captured.headers] });
  });
});
