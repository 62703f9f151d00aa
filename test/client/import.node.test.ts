import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import type { AddressInfo } from 'node:net';
import { assert } from 'chai';
import { createKeybound } from '../../src/index.ts';
import { newName, rejection } from './recorder.ts';

const run = promisify(execFile);

/** What a script prints that runs in a Node of its own; it fails where that Node does not end by itself. */
async function runScript(script: string): Promise<unknown> {
  const args = ['--import', './scripts/typescript.mjs', '--input-type=module', '--eval', script];
  const { stdout } = await run(process.execPath, args, { timeout: 50_000 });
  return JSON.parse(stdout);
}

describe("import 'keybound' in plain Node", () => {
  it('has no side effect: no window, no storage, no network, no key, no timer, nothing global', async () => {
    const script = `
      const used = [];
      for (const name of ['window', 'document', 'location', 'localStorage', 'sessionStorage', 'indexedDB', 'BroadcastChannel', 'navigator', 'fetch', 'setTimeout', 'setInterval']) {
        Object.defineProperty(globalThis, name, { configurable: true, get: () => void used.push(name) });
      }
      for (const name of ['generateKey', 'digest', 'sign', 'importKey']) crypto.subtle[name] = () => used.push(name);
      crypto.randomUUID = () => used.push('randomUUID');
      const before = Object.getOwnPropertyNames(globalThis);
      used.length = 0;
      const exported = Object.keys(await import('./src/index.ts'));
      const added = Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name));
      process.stdout.write(JSON.stringify({ used, added, exported }));
    `;
    const { used, added, exported } = (await runScript(script)) as Record<string, string[]>;
    assert.deepEqual(used, []);
    assert.deepEqual(added, []);
    assert.includeMembers(exported!, ['createKeybound', 'createProof', 'createSigner', 'KeyboundError', 'SignerError']);
  });

  it('gives a Keybound whose key is in memory, which `unstored` tells, and the process ends by itself', async () => {
    const script = `
      const { createKeybound } = await import('./src/index.ts');
      const keybound = await createKeybound({ authorizationServers: ['https://login.example.com'] });
      const { detail } = await new Promise((resolve) => keybound.addEventListener('unstored', resolve));
      if (detail.jkt !== keybound.jkt || detail.cause.name !== 'ReferenceError') throw detail;
      const proof = await keybound.proof({ method: 'GET', url: 'https://api.example.com/' });
      process.stdout.write(JSON.stringify({ persistence: keybound.persistence, keyState: keybound.keyState, segments: proof.split('.').length }));
    `;
    assert.deepEqual(await runScript(script), { persistence: 'memory', keyState: 'created', segments: 3 });
  });

  it('needs absolute URLs, as fetch does there: a TypeError, nothing sent', async () => {
    const keybound = await createKeybound({ name: newName(), authorizationServers: ['https://login.example.com'], fetch: () => assert.fail('sent') });
    const api = keybound.protect({ origins: ['https://api.example.com'], accessToken: () => 'a' });
    for (const call of [api('/orders'), keybound.fetch('/token', { method: 'POST' })]) assert.instanceOf(await rejection(call), TypeError);
  });

  it('refuses the redirects of a real server before anything follows them', async () => {
    const asked: string[] = [];
    const server = createServer(({ url }, response) => {
      asked.push(url!);
      response.writeHead(307, { Location: '/elsewhere' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const keybound = await createKeybound({ name: newName(), authorizationServers: [origin] });
    const api = keybound.protect({ origins: [origin], accessToken: () => 'a' });
    for (const call of [() => api(`${origin}/orders`), () => keybound.fetch(`${origin}/token`, { method: 'POST' })]) {
      assert.equal((await rejection(call())).code, 'redirected');
    }
    assert.deepEqual(asked, ['/orders', '/token']);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('sends a body that is a stream once: a challenge is returned with an event that says why, unless the nonce is learned before (prime)', async () => {
    const received: string[] = [];
    const server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (part: string) => (text += part));
      request.on('end', () => {
        received.push(`${request.method} ${text}`);
        const { nonce } = JSON.parse(atob((request.headers.dpop as string).split('.')[1]!)) as { nonce?: string };
        response.writeHead(nonce ? 200 : 401, { 'DPoP-Nonce': 'n1', ...(!nonce && { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"' }) }).end('end');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const post = async (prime: boolean) => {
      const keybound = await createKeybound({ name: newName() });
      const refused: unknown[] = [];
      keybound.addEventListener('refused', ({ detail }) => refused.push(detail));
      const api = keybound.protect({ origins: [origin], accessToken: () => 'a', prime });
      const response = await api(origin, { method: 'POST', body: new Blob(['one ', 'two']).stream(), duplex: 'half' } as RequestInit);
      return { status: response.status, text: await response.text(), refused, received: received.splice(0) };
    };
    assert.deepEqual(await post(false), { status: 401, text: 'end', refused: [{ origin, reason: 'stream' }], received: ['POST one two'] });
    assert.deepEqual(await post(true), { status: 200, text: 'end', refused: [], received: ['HEAD ', 'POST one two'] });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
