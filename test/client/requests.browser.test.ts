/** What fetch was asked to send, against real servers that demand a nonce first: it arrives whole, in every browser. */

import { assert } from 'chai';
import { createKeybound, type Keybound, type KeyboundEventDetails } from '../../src/index.ts';
import type { StagedRequest, StageOptions } from '../servers/stage.ts';
import { bytesOf, demand, openStage, type TestStage } from '../support/stages.ts';
import { newName, readProof, rejection } from './recorder.ts';

const isFirefox = navigator.userAgent.includes('Firefox/');
const isChromium = navigator.userAgent.includes('Chrome/');

const bytes = Uint8Array.from({ length: 3000 }, (_, index) => index % 251);
const text = (content: string) => new TextEncoder().encode(content);

describe('a request', () => {
  const opened: { close(): unknown }[] = [];
  let keybound: Keybound;

  async function open(options: Partial<StageOptions> = {}): Promise<TestStage> {
    const stage = await openStage({ answers: [demand, { headers: { 'DPoP-Nonce': 'n1' } }], ...options });
    opened.push(stage);
    return stage;
  }

  async function protect({ origin }: TestStage, options: { readonly prime?: boolean } = {}): Promise<typeof fetch> {
    keybound = await createKeybound({ name: newName() });
    opened.push(keybound);
    return keybound.protect({ origins: [origin], accessToken: () => 'a-token', ...options });
  }

  afterEach(async () => {
    await Promise.all(opened.splice(0).map(async (one) => one.close()));
  });

  /** Each attempt has a proof of its own for its method and URL; the second one carries the nonce. */
  async function assertProven(requests: readonly StagedRequest[], { origin }: TestStage, nonces: readonly (string | undefined)[]) {
    const proofs = await Promise.all(requests.map(({ headers }) => readProof(headers.dpop!)));
    assert.deepEqual(proofs.map(({ claims }) => claims.nonce), nonces);
    assert.equal(new Set(proofs.map(({ claims }) => claims.jti)).size, requests.length);
    for (const [index, { claims }] of proofs.entries()) {
      assert.equal(claims.htm, requests[index]!.method);
      assert.equal(claims.htu, origin + requests[index]!.path.replace(/\?.*/, ''));
      assert.equal(requests[index]!.headers.authorization, 'DPoP a-token');
    }
  }

  const form = () => {
    const data = new FormData();
    data.append('name', 'ä"');
    data.append('file', new Blob([bytes], { type: 'image/png' }), 'a.png');
    return data;
  };
  const bodies: Record<string, { readonly body: () => BodyInit; readonly type: RegExp | undefined; readonly sent: Uint8Array }> = {
    'a string': { body: () => 'text ä', type: /^text\/plain;charset=UTF-8$/i, sent: text('text ä') },
    'an ArrayBuffer': { body: () => bytes.buffer.slice(0), type: undefined, sent: bytes },
    'a typed array': { body: () => bytes.slice(), type: undefined, sent: bytes },
    'a Blob': { body: () => new Blob([bytes], { type: 'image/png' }), type: /^image\/png$/, sent: bytes },
    'URLSearchParams': { body: () => new URLSearchParams({ a: 'b c' }), type: /^application\/x-www-form-urlencoded/, sent: text('a=b+c') },
    'a FormData with a file': { body: form, type: /^multipart\/form-data; *boundary=./, sent: bytes },
    'nothing': { body: () => '', type: /^text\/plain/, sent: text('') },
  };
  /** The three ways to say it; what init says wins over what the Request says. */
  const ways: Record<string, (url: string, init: RequestInit) => Parameters<typeof fetch>> = {
    'fetch(url, init)': (url, init) => [url, init],
    'fetch(URL, init)': (url, init) => [new URL(url), init],
    'fetch(Request)': (url, init) => [new Request(url, init)],
    'fetch(Request, init)': (url, init) => [new Request(url, { method: 'PUT' }), init],
    'fetch(Request, init of something else)': (url, init) => [new Request(url, init), { headers: { 'X-New': '1' } }],
  };
  for (const [kind, { body, type, sent }] of Object.entries(bodies)) {
    for (const [way, say] of Object.entries(ways)) {
      it(`with ${kind} by ${way} is sent whole before the challenge and after it`, async () => {
        const stage = await open();
        const api = await protect(stage);
        const response = await api(...say(`${stage.origin}/orders?page=2`, { method: 'POST', body: body() }));
        assert.equal(response.status, 200);
        const requests = await stage.requests();
        await assertProven(requests, stage, [undefined, 'n1']);
        const isNewHeaders = way.endsWith('something else)');
        for (const request of requests) {
          assert.equal(request.method, 'POST');
          assert.equal(request.path, '/orders?page=2');
          if (isNewHeaders) assert.equal(request.headers['x-new'], '1');
          // Headers of init replace those of the Request, the type of its body among them (Fetch §5.4).
          if (type && !isNewHeaders) assert.match(request.headers['content-type']!, type);
          const arrived = bytesOf(request);
          if (kind.startsWith('a FormData')) assert.include(latin1(arrived), latin1(sent), 'the file');
          else assert.deepEqual(arrived, sent);
        }
        assert.deepEqual(bytesOf(requests[0]!), bytesOf(requests[1]!));
      });
    }
  }

  it('keeps what it was told of cache, referrer policy and mode through the retry: the server sees what fetch alone would send', async () => {
    const settings: RequestInit = { cache: 'no-cache', referrerPolicy: 'unsafe-url', mode: 'cors' };
    const seen = ({ headers }: StagedRequest) => ['referer', 'cache-control', 'pragma', 'origin', 'sec-fetch-mode'].map((name) => headers[name]);
    const plain = await open({ answers: [{}] });
    await fetch(`${plain.origin}/orders`, { ...settings, headers: { DPoP: 'x' } });
    const [bare] = await plain.requests();
    assert.include(bare!.headers.referer, location.origin);
    for (const way of Object.values(ways).slice(0, 3)) {
      const stage = await open();
      assert.equal((await (await protect(stage))(...way(`${stage.origin}/orders`, settings))).status, 200);
      assert.deepEqual((await stage.requests()).map(seen), [seen(bare!), seen(bare!)]);
    }
  });

  it('keeps its credentials mode through the retry: what is sent with credentials is refused where CORS allows any origin', async () => {
    const anyOrigin = { 'Access-Control-Allow-Origin': '*' };
    for (const [credentials, isRefused] of [['include', true], ['omit', false], ['same-origin', false]] as const) {
      const stage = await open({ answers: [demand, { headers: anyOrigin }] });
      const outcome = (await protect(stage))(stage.origin, { credentials });
      if (isRefused) assert.instanceOf(await rejection(outcome), TypeError);
      else assert.equal((await outcome).status, 200);
      assert.equal((await stage.requests()).length, 2);
    }
  });

  it('sends no referrer at the retry, where it was told to', async () => {
    const stage = await open();
    await (await protect(stage))(`${stage.origin}/orders`, { referrerPolicy: 'no-referrer' });
    assert.deepEqual((await stage.requests()).map(({ headers }) => headers.referer), [undefined, undefined]);
  });

  it('keeps its priority through the retry', async () => {
    const told: Record<string, (string | undefined)[]> = {};
    for (const priority of ['high', 'low'] as const) {
      const stage = await open({ protocol: 'HTTP/2' });
      await (await protect(stage))(`${stage.origin}/orders`, { priority });
      const plain = await open({ protocol: 'HTTP/2', answers: [{}] });
      await fetch(`${plain.origin}/orders`, { priority, headers: { Authorization: 'DPoP x', DPoP: 'x' } });
      const [bare] = await plain.requests();
      told[priority] = (await stage.requests()).map(({ headers }) => headers.priority);
      assert.deepEqual(told[priority], [bare!.headers.priority, bare!.headers.priority]);
    }
    if (isChromium) assert.notDeepEqual(told.high, told.low, 'this browser tells the server');
  });

  it('fails on a wrong integrity at the retry, as fetch does, and passes on the right one', async () => {
    const digest = async (content: string) => `sha256-${btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', text(content)))))}`;
    const answers = [demand, { body: 'the very content' }];
    const good = await open({ answers });
    // Its digest is not that of the challenge's body: that one is looked at, too, and so the 401 is a network error.
    const error = await rejection((await protect(good))(`${good.origin}/`, { integrity: await digest('another content') }));
    assert.instanceOf(error, TypeError);
    const same = await open({ answers: [{ ...demand, body: 'the very content' }, { body: 'the very content' }] });
    const response = await (await protect(same))(`${same.origin}/`, { integrity: await digest('the very content') });
    assert.equal(await response.text(), 'the very content');
    assert.equal((await same.requests()).length, 2);
  });

  it('of keepalive arrives, and again after the challenge', async () => {
    const stage = await open();
    const response = await (await protect(stage))(`${stage.origin}/orders`, { method: 'POST', body: 'last words', keepalive: true });
    assert.equal(response.status, 200);
    for (const request of await stage.requests()) assert.deepEqual(bytesOf(request), text('last words'));
  });

  it('in mode same-origin does not go elsewhere', async () => {
    const stage = await open();
    assert.instanceOf(await rejection((await protect(stage))(`${stage.origin}/`, { mode: 'same-origin' })), TypeError);
    assert.isEmpty(await stage.requests());
  });

  for (const headers of [{ DPoP: 'a.b.c' }, { authorization: 'Bearer x' }] as Record<string, string>[]) {
    it(`with a ${Object.keys(headers)[0]} header of the caller's own is a TypeError before anything is sent`, async () => {
      const stage = await open();
      const api = await protect(stage);
      for (const call of [() => api(stage.origin, { headers }), () => api(new Request(stage.origin, { headers })), () => api(new Request(stage.origin), { headers })]) {
        assert.instanceOf(await rejection(call()), TypeError);
      }
      assert.isEmpty(await stage.requests());
    });
  }

  describe('whose body is a stream', () => {
    const stream = (...chunks: string[]) =>
      new ReadableStream({
        start(controller) {
          for (const chunk of chunks) controller.enqueue(text(chunk));
          controller.close();
        },
      });
    const streaming = (body: BodyInit = stream('one ', 'two')) => ({ method: 'POST', body, duplex: 'half' }) as RequestInit;

    if (!isChromium) {
      it(`is a TypeError before anything is sent, in this browser that cannot send one${isFirefox ? ' but sends its name' : ''}`, async () => {
        const stage = await open({ protocol: 'HTTP/2' });
        for (const prime of [false, true]) {
          const api = await protect(stage, { prime });
          assert.instanceOf(await rejection(api(stage.origin, streaming())), TypeError);
          assert.instanceOf(await rejection(api(new Request(stage.origin, { method: 'POST' }), streaming())), TypeError);
        }
        assert.isEmpty(await stage.requests());
      });
      return;
    }

    it('is sent whole and once over HTTP/2', async () => {
      const stage = await open({ protocol: 'HTTP/2', answers: [{}] });
      const response = await (await protect(stage))(`${stage.origin}/upload`, streaming());
      assert.equal(response.status, 200);
      const requests = await stage.requests();
      assert.deepEqual(requests.map((request) => latin1(bytesOf(request))), ['one two']);
      await assertProven(requests, stage, [undefined]);
    });

    it('and is challenged is not sent again: the 401 comes back as it is, and an event says why', async () => {
      const stage = await open({ protocol: 'HTTP/2', answers: [{ ...demand, body: 'challenge' }, {}] });
      const api = await protect(stage);
      const refused: KeyboundEventDetails['refused'][] = [];
      keybound.addEventListener('refused', ({ detail }) => refused.push(detail));
      const response = await api(`${stage.origin}/upload`, streaming());
      assert.equal(response.status, 401);
      assert.equal(await response.text(), 'challenge');
      assert.deepEqual(refused, [{ origin: stage.origin, reason: 'stream' }]);
      assert.equal((await stage.requests()).length, 1);
      // The nonce was learned all the same: the next one is good.
      assert.equal((await api(`${stage.origin}/upload`, streaming())).status, 200);
      await assertProven(await stage.requests(), stage, [undefined, 'n1']);
    });

    it('is let ahead by a HEAD request that learns the nonce, where prime is set, and only where none is known', async () => {
      const stage = await open({ protocol: 'HTTP/2' });
      const api = await protect(stage, { prime: true });
      for (const content of ['first', 'second']) assert.equal((await api(`${stage.origin}/upload?a`, streaming(stream(content)))).status, 200);
      const requests = await stage.requests();
      assert.deepEqual(requests.map(({ method }) => method), ['HEAD', 'POST', 'POST']);
      assert.deepEqual(requests.map((request) => latin1(bytesOf(request))), ['', 'first', 'second']);
      await assertProven(requests, stage, [undefined, 'n1', 'n1']);
    });

    it('is primed for nobody else: a string that follows needs no HEAD', async () => {
      const stage = await open();
      await (await protect(stage, { prime: true }))(stage.origin, { method: 'POST', body: 'text' });
      assert.deepEqual((await stage.requests()).map(({ method }) => method), ['POST', 'POST']);
    });

    it('is aborted like any other', async () => {
      const stage = await open({ protocol: 'HTTP/2' });
      const api = await protect(stage);
      const controller = new AbortController();
      const endless = new ReadableStream({ pull: (sink) => sink.enqueue(text('more ')) });
      const sent = rejection(api(stage.origin, { ...streaming(endless), signal: controller.signal }));
      controller.abort();
      assert.equal((await sent).name, 'AbortError');
    });

    it('over HTTP/1.1 is the TypeError that fetch gives', async () => {
      const stage = await open();
      assert.instanceOf(await rejection((await protect(stage))(stage.origin, streaming())), TypeError);
    });
  });
});

const latin1 = (content: Uint8Array) => Array.from(content, (byte) => String.fromCharCode(byte)).join('');
