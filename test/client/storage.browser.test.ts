/** IndexedDB that is missing, slow, full, wiped or held by others: the page starts, and knows. */

import { assert } from 'chai';
import { createKeybound, type Keybound } from '../../src/index.ts';
import { Turnstile } from '../servers/turnstile.ts';
import { openFrame, type TestFrame } from '../support/frame.ts';
import { holdDatabase, readRows, readStored, wipe } from './database.ts';
import { api, newName, ok, readProof, recorder, rejection } from './recorder.ts';

const request = { method: 'GET', url: 'https://api.example.com/orders' };
const next = (keybound: Keybound, type: string) => new Promise<Event>((resolve) => keybound.addEventListener(type, resolve, { once: true }));

/** From now on the time-outs of a window end when the test says so. */
function holdTimeouts(window: TestFrame['window']) {
  const seconds: number[] = [];
  const begun = new Turnstile();
  const controllers: AbortController[] = [];
  window.AbortSignal.timeout = (milliseconds) => {
    const controller = new window.AbortController();
    controllers.push(controller);
    seconds.push(milliseconds / 1000);
    begun.pass();
    return controller.signal;
  };
  return {
    seconds,
    /** Resolves once so many have begun. */
    begun: (count: number) => begun.reached(count),
    /** Ends those that have begun. */
    end() {
      for (const controller of controllers.splice(0)) controller.abort(new window.DOMException('Time is up', 'TimeoutError'));
    },
  };
}

/** What `unstored` says. */
async function causeOf(keybound: Keybound): Promise<Error> {
  const { detail } = (await next(keybound, 'unstored')) as CustomEvent<{ jkt: string; cause: Error }>;
  assert.equal(detail.jkt, keybound.jkt);
  return detail.cause;
}

describe('storage that fails', () => {
  const frames: TestFrame[] = [];
  const made: Keybound[] = [];

  async function open(prepare?: (window: TestFrame['window']) => void): Promise<TestFrame> {
    const frame = await openFrame(prepare);
    frames.push(frame);
    return frame;
  }

  async function make(...args: Parameters<typeof createKeybound>): Promise<Keybound> {
    const keybound = await createKeybound(...args);
    made.push(keybound);
    return keybound;
  }

  afterEach(async () => {
    for (const keybound of made.splice(0)) keybound.close();
    // Firefox: a frame that ends while it opens the database keeps others from deleting it until it is collected.
    await readRows();
    for (const frame of frames.splice(0)) frame.remove();
  });

  /** In memory, with a key that works, and an event that tells why: a login with `dpop_jkt` that leaves the page is lost. */
  async function assertInMemory(keybound: Keybound, causes: readonly string[]): Promise<void> {
    const cause = causeOf(keybound);
    assert.deepInclude({ ...keybound }, { persistence: 'memory', keyState: 'created' });
    assert.include(causes, (await cause).name);
    await readProof(await keybound.proof(request));
  }

  describe('at the start', () => {
    it('is no failure of the page where IndexedDB is missing before the SDK is loaded', async () => {
      const { sdk } = await open((window) => {
        delete (window as Partial<TestFrame['window']>).indexedDB;
        Object.defineProperty(window, 'indexedDB', { value: undefined });
      });
      await assertInMemory(await sdk.createKeybound({ name: newName() }), ['TypeError']);
    });

    it('is no failure of the page where tabs may not share anything (Firefox without cookies: no channel either)', async () => {
      const { sdk } = await open((window) => {
        // A function that can be called with new, too.
        function deny(): never {
          throw new DOMException('The operation is insecure.', 'SecurityError');
        }
        Object.defineProperty(window, 'BroadcastChannel', { value: deny });
        window.IDBFactory.prototype.open = deny;
      });
      const keybound = await sdk.createKeybound({ name: newName() });
      await assertInMemory(keybound, ['SecurityError']);
      await keybound.destroy();
      assert.equal((await rejection(keybound.proof(request))).code, 'destroyed');
    });

    it('keeps the page waiting three seconds, not for ever, where another tab never ends an upgrade; what is late does no harm', async () => {
      const name = newName();
      const { window, sdk } = await open();
      const timeouts = holdTimeouts(window);
      const held = await holdDatabase();
      const creating = sdk.createKeybound({ name });
      await timeouts.begun(1);
      timeouts.end();
      const keybound = await creating;
      assert.deepEqual(timeouts.seconds, [3]);
      await assertInMemory(keybound, ['TimeoutError']);
      await held.release();
      assert.notInclude(await readRows(), name);
      await wipe();
      await readProof(await keybound.proof(request));
      keybound.close();
      assert.deepInclude({ ...(await sdk.createKeybound({ name })) }, { persistence: 'indexeddb', keyState: 'created' });
    });

    it('that becomes slow before a key is replaced leaves the old one to those who hold it', async () => {
      const name = newName();
      const holder = await make({ name, algorithms: ['ES256'] });
      const { window, sdk } = await open();
      // Held between what it reads and what it writes.
      const { subtle } = window.crypto;
      const generateKey = subtle.generateKey.bind(subtle) as (...args: unknown[]) => Promise<unknown>;
      let held!: { release(): Promise<void> };
      Object.defineProperty(subtle, 'generateKey', {
        value: async (...args: unknown[]) => {
          held ??= await holdDatabase();
          return generateKey(...args);
        },
      });
      const timeouts = holdTimeouts(window);
      const creating = sdk.createKeybound({ name, algorithms: ['Ed25519'] });
      await timeouts.begun(2);
      timeouts.end();
      await assertInMemory(await creating, ['TimeoutError']);
      await held.release();
      await readStored(name);
      await readProof(await holder.proof(request));
      holder.close();
      assert.deepInclude({ ...(await make({ name, algorithms: ['ES256'] })) }, { keyState: 'restored', jkt: holder.jkt });
    });
  });

  describe('at the writing', () => {
    it('tells its own reason where a put fails: not that the transaction was aborted', async () => {
      const { window, sdk } = await open();
      const { put } = window.IDBObjectStore.prototype;
      window.IDBObjectStore.prototype.put = function fail(value, name) {
        put.call(this, value, name);
        return this.add(value, name);
      };
      await assertInMemory(await sdk.createKeybound({ name: newName() }), ['ConstraintError']);
    });

    it('says so, too, where the transaction ends without a reason', async () => {
      const { window, sdk } = await open();
      const { put } = window.IDBObjectStore.prototype;
      window.IDBObjectStore.prototype.put = function abort(...args) {
        const putting = put.apply(this, args);
        putting.addEventListener('success', () => this.transaction.abort());
        return putting;
      };
      const keybound = await sdk.createKeybound({ name: newName() });
      const told = next(keybound, 'unstored');
      assert.equal(keybound.persistence, 'memory');
      await told;
    });

    ('storageBuckets' in navigator ? it : it.skip)('keeps the key in memory where the quota is used up (a real one, of a storage bucket)', async () => {
      const { storageBuckets } = navigator as unknown as {
        storageBuckets: { open(name: string, options: object): Promise<{ indexedDB: IDBFactory }>; delete(name: string): Promise<void> };
      };
      const { sdk, window } = await open();
      const bucket = await storageBuckets.open('full', { quota: 1 });
      Object.defineProperty(window, 'indexedDB', { value: bucket.indexedDB });
      await assertInMemory(await sdk.createKeybound({ name: newName() }), ['QuotaExceededError']);
      await storageBuckets.delete('full');
    });

    it('does not keep the store from what other realms can read: who reads null replaces nothing', async () => {
      const name = newName();
      const holder = await make({ name });
      const { window, sdk } = await open();
      const { get } = window.IDBObjectStore.prototype;
      window.IDBObjectStore.prototype.get = function blind(row) {
        const getting = get.call(this, row);
        Object.defineProperty(getting, 'result', { value: null });
        return getting;
      };
      await assertInMemory(await sdk.createKeybound({ name }), ['DataCloneError']);
      holder.close();
      assert.deepInclude({ ...(await make({ name })) }, { keyState: 'restored', jkt: holder.jkt });
    });
  });

  describe('that is wiped', () => {
    it('at any moment is not kept from it: deleteDatabase goes through between, before and after', async () => {
      for (let round = 0; round < 12; round += 1) {
        const name = newName();
        const { sdk } = await open();
        const creating = sdk.createKeybound({ name });
        for (let step = 0; step < round; step += 1) await crypto.subtle.digest('SHA-256', new Uint8Array(1));
        await wipe();
        const keybound = await creating;
        await readProof(await keybound.proof(request));
        const destroyed = keybound.destroy();
        await wipe();
        await destroyed;
        frames.pop()!.remove();
      }
    });

    it('is opened anew: no dead connection is kept, which would fail until the page is loaded again', async () => {
      const name = newName();
      const first = await make({ name, fetch: recorder(ok()).fetch });
      await wipe();
      await first.protect({ origins: [api], accessToken: () => 'a' })(api);
      await first.destroy();
      const second = await make({ name });
      assert.deepInclude({ ...second }, { persistence: 'indexeddb', keyState: 'created' });
      await second.destroy();
      assert.deepEqual(await readRows(), []);
    });

    it('by the browser itself ("clear site data") is a key that is gone, and told from a first visit by the token', async function () {
      const name = newName();
      const first = await make({ name });
      const frame = await open();
      await clearSiteData();
      if (await readStored(name)) this.skip();
      await readProof(await first.proof(request));
      const keybound = await frame.sdk.createKeybound({ name, expectedJkt: first.jkt });
      assert.deepInclude({ ...keybound }, { persistence: 'indexeddb' });
      assert.equal(keybound.keyState, 'lost');
    });

    /** Has a page of this origin loaded with `Clear-Site-Data: "storage"`, where the browser heeds it. */
    async function clearSiteData(): Promise<void> {
      await fetch(new URL('../support/clear.html', import.meta.url), { cache: 'no-store' });
    }
  });

  describe('with a token of a key that is gone', () => {
    const token = (jkt: string) => `e30.${btoa(JSON.stringify({ cnf: { jkt } }))}.c2ln`;

    it('refuses each protected request with key-lost, before anything is signed, and tells it once', async () => {
      const server = recorder(ok());
      const keybound = await make({ name: newName(), fetch: server.fetch });
      const told: unknown[] = [];
      keybound.addEventListener('lost', ({ detail }) => told.push(detail));
      const orders = keybound.protect({ origins: [api], accessToken: () => token('the key before') });
      assert.equal(keybound.keyState, 'created');
      for (let call = 0; call < 2; call += 1) assert.deepInclude(await rejection(orders(api)), { name: 'KeyboundError', code: 'key-lost' });
      assert.equal(keybound.keyState, 'lost');
      assert.deepEqual(told, [{ jkt: keybound.jkt, expectedJkt: 'the key before' }]);
      assert.lengthOf(server.requests, 0);
      const again = keybound.protect({ origins: [api], accessToken: () => token(keybound.jkt) });
      assert.equal((await again(api)).status, 200);
    });

    it('tells it once, too, where expectedJkt has said it before', async () => {
      const keybound = await make({ name: newName(), expectedJkt: 'the key before' });
      const told: unknown[] = [];
      keybound.addEventListener('lost', ({ detail }) => told.push(detail));
      const orders = keybound.protect({ origins: [api], accessToken: () => token('the key before') });
      assert.equal((await rejection(orders(api))).code, 'key-lost');
      await new Promise((resolve) => setTimeout(resolve));
      assert.lengthOf(told, 1);
    });

    it('lets it be where the key is the one of the token', async () => {
      const keybound = await make({ name: newName(), fetch: recorder(ok()).fetch });
      assert.equal((await keybound.protect({ origins: [api], accessToken: () => token(keybound.jkt) })(api)).status, 200);
      assert.equal(keybound.keyState, 'created');
    });
  });
});
