/** The demo page joins what senders saw with what servers decided. */

import { assert } from 'chai';
import { markOf, ofAnswer, ofDecision, type Ruling } from '../../demo/ruling.ts';
import { Rulings } from '../../demo/world/rulings.ts';
import { deny } from '../../src/resource/decision.ts';

const url = 'https://api.example/orders';

const rulingOn = (mark: string, verdict: Ruling['verdict'] = 'ALLOW'): Ruling => ({ judge: 'replica-a', mark, verdict });

describe('the demo’s rulings', () => {
  it('meet their requests, whichever is told first', async () => {
    const rulings = new Rulings();
    const [early, late] = [rulingOn('early'), rulingOn('late')];
    rulings.add(early);
    const awaited = rulings.about('late');
    assert.equal(await rulings.about('early'), early);
    rulings.add(late);
    assert.equal(await awaited, late);
  });

  it('tell a replay from its original by their order', async () => {
    const rulings = new Rulings();
    const original = rulings.about('GET');
    for (const verdict of ['ALLOW', 'DENY'] as const) rulings.add(rulingOn('GET', verdict));
    assert.equal((await original).verdict, 'ALLOW');
    assert.equal((await rulings.about('GET')).verdict, 'DENY');
  });

  it('are not waited for without end, and a later one is for a later request', async () => {
    const rulings = new Rulings(0);
    const error = await rulings.about('GET').catch((thrown: unknown) => thrown);
    assert.include(String(error), 'did not tell');
    rulings.add(rulingOn('GET'));
    assert.equal((await rulings.about('GET')).verdict, 'ALLOW');
  });

  it('are forgotten where nobody asks: they were about another page’s request', async () => {
    const rulings = new Rulings(0, -1);
    rulings.add(rulingOn('GET'));
    const error = await rulings.about('GET').catch((thrown: unknown) => thrown);
    assert.include(String(error), 'did not tell');
  });

  it('know a request by its line and its proof, of which the mark tells nothing', async () => {
    const mark = await markOf(new Request(url, { headers: { DPoP: 'proof' } }));
    const others = [
      new Request(url),
      new Request(url, { headers: { DPoP: 'another' } }),
      new Request(url, { method: 'DELETE', headers: { DPoP: 'proof' } }),
      new Request('https://api-b.example/orders', { headers: { DPoP: 'proof' } }),
    ];
    assert.equal(await markOf(new Request(url, { headers: { DPoP: 'proof', Authorization: 'DPoP token' } })), mark);
    for (const other of others) assert.notEqual(await markOf(other), mark);
    assert.match(mark, /^[\w-]{43}$/);
  });

  it('call a missing nonce a question, and a spent one a refusal', async () => {
    const terms = { algorithms: ['ES256'], takesBearer: false };
    const verdictAt = (step: 5 | 10) => ofDecision(deny({ step, code: 'bad_or_missing_nonce' }, { scheme: 'DPoP', terms, nonce: 'n' })).verdict;
    assert.equal(verdictAt(5), 'CHALLENGE');
    assert.equal(verdictAt(10), 'DENY');
    const answer = Response.json({ error: 'use_dpop_nonce', code: 'bad_or_missing_nonce' }, { status: 400 });
    assert.deepEqual(await ofAnswer(answer), { verdict: 'CHALLENGE', code: 'bad_or_missing_nonce' });
  });

  it('are read off any answer, also one without a word of why', async () => {
    assert.deepEqual(await ofAnswer(new Response('')), { verdict: 'ALLOW' });
    assert.deepEqual(await ofAnswer(Response.json({ error: 'invalid_grant' }, { status: 400 })), { verdict: 'DENY', code: 'invalid_grant' });
    assert.deepEqual(await ofAnswer(new Response('<h1>', { status: 502 })), { verdict: 'DENY', code: undefined });
  });
});
