import { assert } from 'chai';
import { createKeybound, printEvents, type Keybound, type KeyboundEventDetails } from '../../src/index.ts';
import { api, jwt, login, newName, ok, recorder } from './recorder.ts';

const elsewhere = 'https://secret-elsewhere.example.com';
/** Everything that must not be told: tokens, nonces, queries, fragments, what servers repeat. Proofs are added. */
const secret = /secret/;

const refused = (wwwAuthenticate: string, status = 401) => () =>
  new Response('{"secret":"body"}', {
    status,
    headers: { 'WWW-Authenticate': `DPoP ${wwwAuthenticate}`, 'DPoP-Nonce': `secret-nonce-${crypto.randomUUID()}`, Date: new Date(Date.now() + 3_600_000).toUTCString() },
  });

const types: Record<keyof KeyboundEventDetails, true> = {
  proof: true, answer: true, failed: true, challenge: true, retry: true, refresh: true, skew: true, refused: true,
  'hidden-challenge': true, unstored: true, rotated: true, lost: true, destroyed: true,
};

describe('what a Keybound tells', () => {
  /** A bad day: each kind of event that requests can cause, at least once. */
  async function live(reveal: boolean) {
    const server = recorder(
      refused('error="invalid_dpop_proof", error_description="secret"'),
      refused('error="use_dpop_nonce"'),
      refused('error="invalid_token", ticket="secret"'),
      ok('secret-nonce'),
      refused('error="insufficient_scope", scope="orders", nonce="secret-nonce"', 403),
      () => Promise.reject(new TypeError('Failed to fetch')),
      () => Response.json({ error: 'use_dpop_nonce', secret: 1 }, { status: 400, headers: { 'DPoP-Nonce': 'secret-nonce-2' } }),
      () => Response.json({ access_token: 'secret-token', refresh_token: 'secret' }),
    );
    const keybound = await createKeybound({ name: newName(), fetch: server.fetch, authorizationServers: [login], reveal });
    const told: { readonly type: string; readonly detail: object }[] = [];
    const lines: string[] = [];
    for (const type of Object.keys(types)) keybound.addEventListener(type, (event) => told.push({ type, detail: (event as CustomEvent<object>).detail }));
    const stop = printEvents(keybound, { debug: (...line: unknown[]) => void lines.push(line.join(' ')) });
    let renewals = 0;
    let token: () => string = () => `secret-token-${renewals}`;
    const fetch = keybound.protect({ origins: [api], accessToken: () => token(), refresh: async () => (renewals += 1) });
    const url = `${api}/orders?secret-query#secret-fragment`;
    assert.equal((await fetch(url)).status, 200);
    assert.equal((await fetch(url)).status, 403);
    for (const failing of [() => fetch(url), () => fetch(`${elsewhere}/`), ((): Promise<unknown> => ((token = () => jwt({ cnf: { jkt: 'other' } })), fetch(url)))]) {
      await failing().then(() => assert.fail(), () => {});
    }
    assert.equal((await keybound.fetch(`${login}/token?secret`, { method: 'POST', body: 'secret' })).status, 200);
    await keybound.destroy();
    stop();
    return { keybound, server, told, lines };
  }

  it('reaches whoever listens from then on, in each way of listening, and each time that it is told', async () => {
    const keybound = await createKeybound({ name: newName(), fetch: recorder(ok()).fetch });
    const fetch = keybound.protect({ origins: [api], accessToken: () => 'token' });
    const heard: string[] = [];
    const stop = new AbortController();
    const ask = async (who: string) => {
      heard.push(`${who}:`);
      await fetch(api);
    };
    await ask('nobody');
    keybound.addEventListener('answer', ({ detail }) => heard.push(`function ${detail.status} ${detail.readable.join()}`), { signal: stop.signal });
    keybound.addEventListener('answer', { handleEvent: ({ type }: Event) => heard.push(`object ${type}`) } as EventListenerObject, { once: true });
    await ask('both');
    await ask('one');
    stop.abort();
    await ask('nobody');
    assert.deepEqual(heard, ['nobody:', 'both:', 'function 200 ', 'object answer', 'one:', 'function 200 ', 'nobody:']);
    keybound.close();
  });

  it('says what happened, in order', async () => {
    const { told } = await live(false);
    const kinds = told.map(({ type, detail }) => [type, ...summary(detail)].join(' '));
    // Where there is no IndexedDB.
    const ours = kinds.filter((kind) => !kind.startsWith('unstored'));
    assert.deepEqual(ours, [
      'proof', 'answer 401', 'skew', 'challenge invalid_dpop_proof', 'retry correction',
      'proof', 'answer 401', 'challenge use_dpop_nonce', 'retry nonce',
      'proof', 'answer 401', 'challenge invalid_token', 'refresh true',
      'proof', 'answer 200',
      'proof', 'answer 403', 'challenge insufficient_scope',
      'proof', 'failed TypeError',
      'refused origin',
      'lost',
      'proof', 'answer 400', 'challenge use_dpop_nonce', 'retry nonce', 'proof', 'answer 200',
      'destroyed',
    ]);
  });

  it('holds no token, proof, nonce, query, body or whatever else a server repeats, in no event and in no printed line', async () => {
    const { server, told, lines } = await live(false);
    const proofs = server.requests.map(({ headers }) => headers.get('DPoP')!);
    assert.isAbove(told.length, 15);
    // The origin that was refused is told: that is what the event is for.
    const texts = [...told.map(({ detail }) => JSON.stringify(detail)), ...lines].map((text) => text.replaceAll(elsewhere, ''));
    for (const text of texts) {
      assert.notMatch(text, secret);
      for (const proof of proofs) assert.notInclude(text, proof);
    }
    for (const { detail } of told) {
      for (const value of Object.values(detail)) assert.isFalse(value instanceof Request || value instanceof Response);
    }
  });

  it('holds requests and answers whole where reveal is asked for, and they can be read beside the app', async () => {
    const { told, lines } = await live(true);
    const answers = told.filter(({ type }) => type === 'answer') as unknown as { detail: Required<KeyboundEventDetails['answer']> }[];
    assert.isAtLeast(answers.length, 5);
    for (const { detail } of answers) {
      assert.isTrue(detail.request.headers.has('DPoP'));
      assert.isString(await detail.response.text());
    }
    for (const line of lines) assert.notMatch(line.replaceAll(elsewhere, ''), secret, 'lines stay as they are');
  });
});

function summary(detail: object): unknown[] {
  const { error, reason, status, ok: isGood } = detail as Record<string, unknown>;
  return [error instanceof Error ? error.name : error, reason, status, isGood].filter((value) => value !== undefined);
}

describe('printEvents', () => {
  const examples: { readonly [Type in keyof KeyboundEventDetails]: readonly [KeyboundEventDetails[Type], RegExp] } = (() => {
    const about = { method: 'GET', url: `${api}/orders`, role: 'RS', attempt: 2 } as const;
    return {
      proof: [about, /signed GET https:\/\/api\.example\.com\/orders \(attempt 2\)/],
      answer: [{ ...about, status: 401, readable: [] }, /401 GET/],
      failed: [{ ...about, error: new TypeError('Failed to fetch') }, /no answer: GET .*TypeError: Failed to fetch/],
      challenge: [{ ...about, error: 'use_dpop_nonce', params: {}, readable: [] }, /use_dpop_nonce: GET/],
      retry: [{ ...about, reason: 'correction' }, /again, for a correction: GET/],
      refresh: [{ ok: false }, /could not be refreshed/],
      skew: [{ origin: api, skewSeconds: -3600 }, /clock of https:\/\/api\.example\.com is 3600 s behind/],
      refused: [{ origin: elsewhere, reason: 'origin' }, /not on the list/],
      'hidden-challenge': [{ url: api, headers: ['DPoP-Nonce'], remedy: 'the remedy' }, /the remedy/],
      unstored: [{ jkt: 'k', cause: new Error('quota') }, /memory alone.*quota/],
      rotated: [{ jkt: 'k' }, /new one is k/],
      lost: [{ jkt: 'k', expectedJkt: 'l' }, /bound to l, the key is k: log in again/],
      destroyed: [{}, /gone/],
    };
  })();

  async function print(events: (keybound: Keybound, stop: () => void) => void): Promise<string[]> {
    const keybound = await createKeybound({ name: newName() });
    const lines: string[] = [];
    const stop = printEvents(keybound, { debug: (line: string) => void lines.push(line) });
    events(keybound, stop);
    stop();
    keybound.close();
    return lines;
  }

  for (const [type, [detail, line]] of Object.entries(examples)) {
    it(`prints ${type} as one readable line`, async () => {
      const lines = await print((keybound) => keybound.dispatchEvent(new CustomEvent(type, { detail })));
      assert.equal(lines.length, 1);
      assert.match(lines[0]!, line);
      assert.match(lines[0]!, new RegExp(`^keybound ${type}: [^\n]+$`));
    });
  }

  it('prints each reason of a retry and of a refusal', async () => {
    const lines = await print((keybound) => {
      for (const reason of ['nonce', 'correction']) keybound.dispatchEvent(new CustomEvent('retry', { detail: { ...examples.proof[0], reason } }));
      for (const reason of ['origin', 'stream']) keybound.dispatchEvent(new CustomEvent('refused', { detail: { origin: api, reason } }));
      keybound.dispatchEvent(new CustomEvent('refresh', { detail: { ok: true } }));
      keybound.dispatchEvent(new CustomEvent('skew', { detail: { origin: api, skewSeconds: 60 } }));
    });
    for (const [index, line] of [/a nonce/, /a correction/, /not on the list/, /stream/, /refreshed$/, /60 s ahead/].entries()) assert.match(lines[index]!, line);
  });

  it('prints nothing once it was stopped, and by default into the console', async () => {
    assert.isEmpty(await print((keybound, stop) => {
      stop();
      keybound.dispatchEvent(new CustomEvent('destroyed', { detail: {} }));
    }));
    const { debug } = console;
    const lines: unknown[] = [];
    const keybound = await createKeybound({ name: newName() });
    console.debug = (line: unknown) => void lines.push(line);
    try {
      const stop = printEvents(keybound);
      keybound.dispatchEvent(new CustomEvent('destroyed', { detail: {} }));
      stop();
    } finally {
      console.debug = debug;
    }
    keybound.close();
    assert.deepEqual(lines, ['keybound destroyed: the key is gone']);
  });
});
