import { assert } from 'chai';
import { createKeybound, type Keybound } from '../../src/index.ts';
import { openFrame, type TestFrame } from '../support/frame.ts';
import { readStored } from './database.ts';
import { newName, readProof, rejection } from './recorder.ts';

const request = { method: 'GET', url: 'https://api.example.com/orders' };
const next = (keybound: Keybound, type: string) => new Promise<Event>((resolve) => keybound.addEventListener(type, resolve, { once: true }));

describe('logout', () => {
  const frames: TestFrame[] = [];

  async function open(): Promise<TestFrame> {
    const frame = await openFrame();
    frames.push(frame);
    return frame;
  }

  afterEach(() => {
    for (const frame of frames.splice(0)) frame.remove();
  });

  it('in one tab ends the key in all: an event, and proofs that reject with destroyed', async () => {
    const name = newName();
    const [here, there, elsewhere] = await Promise.all([createKeybound({ name }), (await open()).sdk.createKeybound({ name }), (await open()).sdk.createKeybound({ name: newName() })]);
    const heard = next(there, 'destroyed');
    await here.destroy();
    const event = await heard;
    assert.equal(JSON.stringify((event as CustomEvent).detail), '{}');
    for (const keybound of [here, there]) assert.equal((await rejection(keybound.proof(request))).code, 'destroyed');
    await readProof(await elsewhere.proof(request));
    elsewhere.close();
  });

  it('leaves nothing in IndexedDB, and the next key is a new one', async () => {
    const name = newName();
    const first = await createKeybound({ name });
    assert.isDefined(await readStored(name));
    await first.destroy();
    assert.isUndefined(await readStored(name));
    const second = await createKeybound({ name, expectedJkt: first.jkt });
    assert.notEqual(second.jkt, first.jkt);
    assert.equal(second.keyState, 'lost');
    await second.destroy();
  });

  it('can be answered in other tabs by a new key at once: the old one is gone by then', async () => {
    for (let round = 0; round < 10; round += 1) {
      const name = newName();
      const { sdk } = await open();
      const [here, there] = await Promise.all([createKeybound({ name }), sdk.createKeybound({ name })]);
      const renewed = new Promise<Keybound>((resolve, reject) => {
        there.addEventListener('destroyed', () => void sdk.createKeybound({ name }).then(resolve, reject));
      });
      await here.destroy();
      const keybound = await renewed;
      assert.notEqual(keybound.jkt, there.jkt);
      await readProof(await keybound.proof(request));
      assert.equal((await readStored(name))!.privateKey.extractable, false);
      keybound.close();
    }
  });

  it('does not reach the new key of a page that does not wait for it', async () => {
    const name = newName();
    const first = await createKeybound({ name });
    const other = await (await open()).sdk.createKeybound({ name });
    const heard = next(other, 'destroyed');
    const destroyed = first.destroy();
    const second = await createKeybound({ name });
    await Promise.all([destroyed, heard]);
    assert.notEqual(second.jkt, first.jkt);
    await readProof(await second.proof(request));
    second.close();
  });

  it('in two tabs at once succeeds in both', async () => {
    const name = newName();
    const [here, there] = await Promise.all([createKeybound({ name }), (await open()).sdk.createKeybound({ name })]);
    const told: string[] = [];
    here.addEventListener('destroyed', () => told.push('here'));
    there.addEventListener('destroyed', () => told.push('there'));
    await Promise.all([here.destroy(), there.destroy()]);
    await there.destroy();
    assert.sameMembers(told, ['here', 'there']);
    assert.isUndefined(await readStored(name));
  });

  it('after close still removes the key and is heard by all', async () => {
    const name = newName();
    const [here, there] = await Promise.all([createKeybound({ name }), (await open()).sdk.createKeybound({ name })]);
    const heard = next(there, 'destroyed');
    here.close();
    await here.destroy();
    await heard;
    assert.isUndefined(await readStored(name));
  });

  it('is not heard by an instance that was closed: it let go', async () => {
    const name = newName();
    const [here, closed, open_] = await Promise.all([createKeybound({ name }), (await open()).sdk.createKeybound({ name }), (await open()).sdk.createKeybound({ name })]);
    let told = 0;
    closed.addEventListener('destroyed', () => (told += 1));
    closed.close();
    const heard = next(open_, 'destroyed');
    await here.destroy();
    await heard;
    assert.equal(told, 0);
  });

  it('ends the key although IndexedDB fails: here, and in all tabs; whoever logs out hears of the failure', async () => {
    const name = newName();
    const { window, sdk } = await open();
    const [here, there] = await Promise.all([sdk.createKeybound({ name }), createKeybound({ name })]);
    const heard = next(there, 'destroyed');
    const { open: original } = window.IDBFactory.prototype;
    window.IDBFactory.prototype.open = () => {
      throw new DOMException('gone', 'InvalidStateError');
    };
    assert.equal((await rejection(here.destroy())).name, 'InvalidStateError');
    assert.equal((await rejection(here.proof(request))).code, 'destroyed');
    await heard;
    assert.isDefined(await readStored(name));
    window.IDBFactory.prototype.open = original;
    await here.destroy();
    assert.isUndefined(await readStored(name));
  });

  it('destroys its own key alone: called again after the next login, it leaves that key in its place', async () => {
    const name = newName();
    const first = await createKeybound({ name });
    await first.destroy();
    const second = await createKeybound({ name });
    await first.destroy();
    second.close();
    const third = await createKeybound({ name, expectedJkt: second.jkt });
    assert.equal(third.keyState, 'restored');
    await third.destroy();
  });

  it('is not taken from a word for another key', async () => {
    const name = newName();
    const keybound = await createKeybound({ name });
    // Made after the Keybound's own channel, so that it hears each word after that one (HTML, BroadcastChannel).
    const witness = new BroadcastChannel(`keybound:${name}`);
    const { window } = await open();
    const channel = new window.BroadcastChannel(`keybound:${name}`);
    const say = (word: unknown) => {
      const heard = new Promise((resolve) => witness.addEventListener('message', resolve, { once: true }));
      channel.postMessage(word);
      return heard;
    };
    for (const word of ['another thumbprint', 'destroyed', undefined, null, keybound.jkt, { ended: 'another thumbprint' }, { made: 'another thumbprint' }, { made: true }, { made: keybound.jkt }, { asks: true }]) await say(word);
    await readProof(await keybound.proof(request));
    await say({ ended: keybound.jkt });
    assert.equal((await rejection(keybound.proof(request))).code, 'destroyed');
    channel.close();
    witness.close();
  });
});

describe('relative URLs', () => {
  const base = document.createElement('base');

  afterEach(() => base.remove());

  it('are resolved as fetch does, by the base of the document: what is signed is what is sent', async () => {
    const sent: string[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const { url, headers } = new Request(input, init);
      sent.push(`${url} ${headers.has('DPoP') ? 'signed' : 'bare'}`);
      return new Response();
    };
    const keybound = await createKeybound({ name: newName(), fetch, authorizationServers: ['https://login.example.com', location.origin] });
    const api = keybound.protect({ origins: ['https://login.example.com'], accessToken: () => 'a' });
    assert.equal((await rejection(api('/orders'))).code, 'origin-refused');
    await keybound.fetch('/token', { method: 'POST' });
    base.href = 'https://login.example.com/app/';
    document.head.append(base);
    await api('orders');
    await keybound.fetch('token', { method: 'POST' });
    base.href = 'https://evil.example/';
    await keybound.fetch('token', { method: 'POST' });
    assert.equal((await rejection(api('orders'))).code, 'origin-refused');
    assert.deepEqual(sent, [
      `${location.origin}/token signed`,
      'https://login.example.com/app/orders signed',
      'https://login.example.com/app/token signed',
      'https://evil.example/token bare',
    ]);
    keybound.close();
  });
});
