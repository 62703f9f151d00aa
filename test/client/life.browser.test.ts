/** From the first createKeybound of a name to its logout, over all tabs. */

import { assert } from 'chai';
import { createKeybound, createSigner, type Keybound } from '../../src/index.ts';
import type { TestServers } from '../servers/start.ts';
import { openFrame, stopTimers, type TestFrame } from '../support/frame.ts';
import { openRealm, type Realm, type RealmKind } from '../support/realms.ts';
import { plant, readNotes, readRows, readStored, removeRow, wipe } from './database.ts';
import { api, newName, ok, readClaims, readProof, recorder, rejection, tokenError } from './recorder.ts';

const request = { method: 'GET', url: 'https://api.example.com/orders' };
const next = (keybound: Keybound, type: string) => new Promise<Event>((resolve) => keybound.addEventListener(type, resolve, { once: true }));

describe("the key's life", () => {
  const frames: TestFrame[] = [];
  const realms: Realm[] = [];
  const made: Keybound[] = [];

  async function open(): Promise<TestFrame> {
    const frame = await openFrame();
    frames.push(frame);
    return frame;
  }

  async function openTab(kind: RealmKind = 'window'): Promise<Realm> {
    const realm = await openRealm(kind);
    realms.push(realm);
    return realm;
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
    await Promise.all(realms.splice(0).map((realm) => realm.close()));
  });

  /** Resolves when all that was said so far to those who use a name has been heard by those who are here. */
  async function wordsAreHeard(name: string): Promise<void> {
    const [mouth, ear] = [new BroadcastChannel(`keybound:${name}`), new BroadcastChannel(`keybound:${name}`)];
    const heard = new Promise<void>((resolve) => ear.addEventListener('message', ({ data }) => data === 'last' && resolve()));
    mouth.postMessage('last');
    await heard;
    mouth.close();
    ear.close();
  }

  describe('at its creation', () => {
    it('is one key for four windows without an opener that race for it: no token is bound to a key that a rival overwrote', async () => {
      const name = newName();
      const tabs = await Promise.all(Array.from({ length: 4 }, () => openTab()));
      const keys = await Promise.all(tabs.map((tab) => tab.call('create', { name })));
      assert.deepEqual(keys.map(({ keyState }) => keyState).sort(), ['created', 'restored', 'restored', 'restored']);
      assert.equal(new Set(keys.map(({ jkt }) => jkt)).size, 1);
      for (const tab of tabs) assert.equal((await readProof((await tab.call('proof'))!)).header.jwk!.kty, 'OKP');
    });
  });

  describe('where the stored pair is broken', () => {
    const { subtle } = crypto;
    const p256 = { name: 'ECDSA', namedCurve: 'P-256' };
    const p384 = { name: 'ECDSA', namedCurve: 'P-384' };
    const pairOf = async (parameters: EcKeyGenParams, extractable = false) => subtle.generateKey(parameters, extractable, ['sign', 'verify']);
    const id = 'the id';
    const unreadable = async ({ privateKey, publicKey }: CryptoKeyPair) => {
      const jwk = await subtle.exportKey('jwk', publicKey);
      return { id, privateKey, publicKey: await subtle.importKey('jwk', jwk, p256, false, ['verify']) };
    };
    const broken: [string, () => Promise<unknown>][] = [
      ['has no public key', async () => ({ id, privateKey: (await pairOf(p256)).privateKey })],
      ['has no private key', async () => ({ id, publicKey: (await pairOf(p256)).publicKey })],
      ['has halves of two pairs', async () => ({ id, privateKey: (await pairOf(p256)).privateKey, publicKey: (await pairOf(p256)).publicKey })],
      ['is of another curve', async () => ({ id, ...(await pairOf(p384)) })],
      ['has a private key of another curve than the public one', async () => ({ id, privateKey: (await pairOf(p384)).privateKey, publicKey: (await pairOf(p256)).publicKey })],
      ['has a public key of another curve than the private one', async () => ({ id, privateKey: (await pairOf(p256)).privateKey, publicKey: (await pairOf(p384)).publicKey })],
      ['has two public keys', async () => pairOf(p256).then(({ publicKey }) => ({ id, privateKey: publicKey, publicKey }))],
      ['has a private key that can be exported', async () => ({ id, ...(await pairOf(p256, true)) })],
      ['has a public key that cannot be exported', async () => unreadable(await pairOf(p256))],
      ['has no id to tell it by', async () => pairOf(p256)],
      ['has an id that is no text', async () => ({ id: { a: 1 }, ...(await pairOf(p384)) })],
      ['is a number', async () => 0],
    ];
    for (const [what, planted] of broken) {
      it(`${what}, it is replaced once and for all, not used and not in memory ever after`, async () => {
        const name = newName();
        await plant(name, await planted());
        const keybound = await make({ name, algorithms: ['ES256'] });
        const rotated = next(keybound, 'rotated');
        assert.deepInclude({ ...keybound }, { keyState: 'replaced', persistence: 'indexeddb' });
        assert.deepEqual(((await rotated) as CustomEvent).detail, { jkt: keybound.jkt, expectedJkt: undefined });
        await readProof(await keybound.proof(request));
        keybound.close();
        assert.deepInclude({ ...(await make({ name, algorithms: ['ES256'] })) }, { keyState: 'restored', jkt: keybound.jkt });
      });
    }

    it('notes beside it that are no list keep nobody from starting', async () => {
      for (const notes of [5, true, { a: 1 }, 'RShttps://api.example.com']) {
        const name = newName();
        await plant([name], notes);
        await readProof(await (await make({ name })).proof(request));
      }
    });
  });

  describe('where another key takes its place', () => {
    it('ends in the tabs that still hold the old one: no proofs of two keys at once', async () => {
      const name = newName();
      const tab = await openTab();
      const old = await tab.call('create', { name, algorithms: ['ES256'] });
      const ended = tab.next('destroyed');
      const keybound = await make({ name, algorithms: ['Ed25519'] });
      assert.equal(keybound.keyState, 'replaced');
      await ended;
      assert.equal(await tab.call('proof'), 'destroyed');
      assert.notEqual(keybound.jkt, old.jkt);
      assert.deepInclude(await tab.call('create', { name, algorithms: ['Ed25519'] }), { jkt: keybound.jkt, keyState: 'restored' });
    });

    it('because the database was deleted: the tab that still holds the old one follows, instead of signing on alone', async () => {
      const name = newName();
      const { sdk } = await open();
      const there = await sdk.createKeybound({ name });
      await wipe();
      await readProof(await there.proof(request));
      const ended = next(there, 'destroyed');
      const here = await make({ name });
      assert.equal(here.keyState, 'created');
      await ended;
      assert.equal((await rejection(there.proof(request))).code, 'destroyed');
      assert.equal((await sdk.createKeybound({ name })).jkt, here.jkt);
    });

    it('is left alone where it is the same: whoever races to create it hears of no end', async () => {
      const name = newName();
      const pages = await Promise.all([open(), open(), open()]);
      const racers = await Promise.all(pages.map(({ sdk }) => sdk.createKeybound({ name })));
      await wordsAreHeard(name);
      for (const racer of racers) await readProof(await racer.proof(request));
    });
  });

  describe('at a logout in another tab', () => {
    let servers: TestServers;

    before(async () => {
      servers = (await (await fetch('/test-servers.json')).json()) as TestServers;
    });

    it('ends requests that wait for an answer or at the gate: KeyboundError destroyed at once, nothing more signed or sent', async () => {
      const name = newName();
      const origin = servers.bystander;
      const { window, sdk } = await open();
      // Whoever waits at the gate would go when nobody is answered for two seconds, which a logout may take.
      stopTimers(window);
      const there = await sdk.createKeybound({ name, authorizationServers: [origin] });
      const here = await make({ name, authorizationServers: [origin] });
      const orders = there.protect({ origins: [origin], accessToken: () => 'a' });
      const bothSigned = new Promise<void>((resolve) => {
        let count = 0;
        there.addEventListener('proof', () => (count += 1) === 2 && resolve());
      });
      let proofs = 0;
      there.addEventListener('proof', () => (proofs += 1));
      const calls = [
        ...Array.from({ length: 5 }, () => orders(`${origin}/never?${name}`)),
        there.fetch(`${origin}/never?${name}`, { method: 'POST' }),
      ].map((call) => rejection(call));
      await bothSigned;
      await here.destroy();
      for (const error of await Promise.all(calls)) {
        assert.instanceOf(error, sdk.KeyboundError);
        assert.equal(error.code, 'destroyed');
      }
      assert.equal(proofs, 2, 'one went ahead to the API, one to the token endpoint');
      assert.equal((await rejection(orders(`${origin}/never`))).code, 'destroyed');
    });

    it('ends a request that was to be sent again: its challenge is not answered with a dead key', async () => {
      const name = newName();
      const { sdk } = await open();
      const here = await make({ name });
      const sent: Request[] = [];
      const there = await sdk.createKeybound({
        name,
        fetch: async (input) => {
          sent.push(input as Request);
          const ended = next(there, 'destroyed');
          await here.destroy();
          await ended;
          return new Response('', { status: 401, headers: { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"', 'DPoP-Nonce': 'n1' } });
        },
      });
      const orders = there.protect({ origins: [api], accessToken: () => 'a' });
      assert.equal((await rejection(orders(api))).code, 'destroyed');
      assert.lengthOf(sent, 1);
    });

    it('sends nothing more by protect, be it bare or Bearer; what merely passes through still does', async () => {
      const server = recorder(ok());
      const keybound = await make({ name: newName(), fetch: server.fetch, authorizationServers: ['https://login.example.com'] });
      const bare = keybound.protect({ origins: [api], accessToken: () => undefined });
      const bearer = keybound.protect({ origins: [], bearerOrigins: [api], accessToken: () => 'a' });
      await keybound.destroy();
      for (const send of [bare, bearer]) assert.equal((await rejection(send(api))).code, 'destroyed');
      assert.equal(server.requests.length, 0);
      assert.equal((await keybound.fetch('https://login.example.com/jwks')).status, 200);
    });

    it('ends a key that is being loaded meanwhile: the page hears of it, and signs nothing before', async () => {
      const name = newName();
      const here = await make({ name });
      const { window, sdk } = await open();
      // Held where it has read the key and not yet begun to live.
      const { subtle } = window.crypto;
      const exportKey = subtle.exportKey.bind(subtle) as (...args: unknown[]) => Promise<unknown>;
      let go!: () => void;
      const held = new Promise<void>((resolve) => (go = resolve));
      const reached = new Promise<void>((resolve) => {
        Object.defineProperty(subtle, 'exportKey', { value: (...args: unknown[]) => (resolve(), held.then(() => exportKey(...args))) });
      });
      const loading = sdk.createKeybound({ name });
      await reached;
      await here.destroy();
      await wordsAreHeard(name);
      go();
      const there = await loading;
      const proof = rejection(there.proof(request));
      const ended = next(there, 'destroyed');
      assert.equal((await proof).code, 'destroyed');
      await ended;
      assert.deepInclude({ ...(await sdk.createKeybound({ name })) }, { keyState: 'created', persistence: 'indexeddb' });
    });

    it('is followed into the next login: the other tab gets the new key, never the one that it remembers', async () => {
      const name = newName();
      const tab = await openTab();
      const first = await make({ name });
      assert.equal((await tab.call('create', { name })).jkt, first.jkt);
      const ended = tab.next('destroyed');
      await first.destroy();
      const second = await make({ name });
      await ended;
      assert.equal(await tab.call('proof'), 'destroyed');
      const followed = await tab.call('create', { name });
      assert.equal(followed.jkt, second.jkt);
      assert.notEqual(followed.jkt, first.jkt);
      await readProof((await tab.call('proof'))!);
    });

    it('does not take the next login\'s key away, where the app logs out in every tab that hears of it', async () => {
      const name = newName();
      const { sdk } = await open();
      const [first, there] = [await make({ name }), await sdk.createKeybound({ name })];
      const ended = next(there, 'destroyed');
      await first.destroy();
      const second = await make({ name });
      await ended;
      await there.destroy();
      await wordsAreHeard(name);
      await readProof(await second.proof(request));
      second.close();
      assert.deepInclude({ ...(await make({ name })) }, { keyState: 'restored', jkt: second.jkt });
    });
  });

  describe('in the back/forward cache', () => {
    it('ends where a logout was missed: nothing is signed from the moment that the page is back', async () => {
      const name = newName();
      const { window, sdk } = await open();
      const keybound = await sdk.createKeybound({ name });
      // Unheard: the word of a logout does not reach a page that is asleep.
      await removeRow(name);
      const ended = next(keybound, 'destroyed');
      window.dispatchEvent(new window.PageTransitionEvent('pageshow', { persisted: true }));
      assert.equal((await rejection(keybound.proof(request))).code, 'destroyed');
      await ended;
    });

    it('lives on where none was missed', async () => {
      const { window, sdk } = await open();
      const keybound = await sdk.createKeybound({ name: newName() });
      window.dispatchEvent(new window.PageTransitionEvent('pageshow', { persisted: true }));
      await readProof(await keybound.proof(request));
    });

    it('lives on where IndexedDB cannot tell', async () => {
      const { window, sdk } = await open();
      const keybound = await sdk.createKeybound({ name: newName() });
      window.IDBFactory.prototype.open = () => {
        throw new DOMException('gone', 'InvalidStateError');
      };
      window.dispatchEvent(new window.PageTransitionEvent('pageshow', { persisted: true }));
      await readProof(await keybound.proof(request));
    });

    it('or out of it: a window that goes away and comes back after a logout signs no more with the key that ended', async () => {
      const name = newName();
      const tab = await openTab();
      const here = await make({ name });
      assert.equal((await tab.call('create', { name })).jkt, here.jkt);
      const away = await openTabAt(tab);
      await here.destroy();
      const back = tab.next('ready');
      away.back();
      await back;
      if (await tab.call('wasKept')) assert.equal(await tab.call('proof'), 'destroyed');
      assert.notEqual((await tab.call('create', { name })).jkt, here.jkt);
    });

    it('keeps nobody from the storage: a page that went away in the middle of a transaction does not hold it until it is back (WebKit)', async () => {
      for (let round = 0; round < 5; round += 1) {
        const name = newName();
        const tab = await openRealm('window');
        await tab.call('write', name);
        const away = await openTabAt(tab);
        assert.equal((await make({ name })).persistence, 'indexeddb');
        away.close();
      }
    });

    /** Sends a window to another page, which can send it back. */
    async function openTabAt(tab: Realm): Promise<{ back(): void; close(): void }> {
      const channel = new BroadcastChannel('away');
      const arrived = new Promise((resolve) => channel.addEventListener('message', resolve, { once: true }));
      await tab.call('go', new URL('../support/away.html', import.meta.url).href);
      await arrived;
      const say = (word: string) => {
        channel.postMessage(word);
        channel.close();
      };
      return { back: () => say('back'), close: () => say('close') };
    }
  });

  describe('in its last moments', () => {
    it('a proof that a slow signer is still making when the key is destroyed is given to nobody', async () => {
      const real = await createSigner();
      let go!: () => void;
      const held = new Promise<void>((resolve) => (go = resolve));
      const keybound = await make({ name: newName(), signer: { ...real, proof: (...args) => held.then(() => real.proof(...args)) } });
      const proof = rejection(keybound.proof(request));
      const destroyed = keybound.destroy();
      go();
      assert.equal((await proof).code, 'destroyed');
      await destroyed;
    });

    for (const ending of ['close', 'destroy'] as const) {
      it(`${ending} leaves no channel open, which would keep the page from the back/forward cache and from being collected`, async () => {
        const { window, sdk } = await open();
        const { BroadcastChannel: Channel } = window;
        let channels = 0;
        window.BroadcastChannel = class extends Channel {
          constructor(name: string) {
            super(name);
            channels += 1;
          }

          override close() {
            super.close();
            channels -= 1;
          }
        };
        const keybound = await sdk.createKeybound({ name: newName() });
        assert.equal(channels, 1);
        await keybound[ending]();
        assert.equal(channels, 0);
      });
    }
  });

  describe('beside it, what was learned of servers', () => {
    /** A fetch of which no request is answered until it is told. */
    function slow(answer: () => Response) {
      const requests: Request[] = [];
      let go!: () => void;
      const told = new Promise<void>((resolve) => (go = resolve));
      const fetch: typeof globalThis.fetch = async (input) => {
        requests.push(input as Request);
        await told;
        return answer();
      };
      return { fetch, requests, go };
    }
    const untilNoted = async (name: string, isThere = true) => {
      while (((await readNotes(name)) !== undefined) !== isThere);
    };

    /** How many of five requests leave before the first is answered. */
    async function leaving(name: string, { sdk, window }: TestFrame): Promise<number> {
      stopTimers(window);
      const server = slow(() => new Response());
      const keybound = await sdk.createKeybound({ name, fetch: server.fetch });
      const orders = keybound.protect({ origins: [api], accessToken: () => 'a' });
      let signed = 0;
      const first = new Promise<void>((resolve) => keybound.addEventListener('proof', () => ((signed += 1), resolve())));
      const calls = Array.from({ length: 5 }, () => orders(api));
      await first;
      // Whoever is not held back has signed by the time that so many others have.
      for (let count = 0; count < 5; count += 1) await keybound.proof(request);
      const left = signed;
      server.go();
      await Promise.all(calls);
      keybound.close();
      return left;
    }

    it('survives a reload: a server that never demands nonces makes nobody wait again; it is forgotten with the key', async () => {
      const name = newName();
      const frame = await open();
      assert.equal(await leaving(name, frame), 1);
      await untilNoted(name);
      const reloaded = await frame.reload();
      assert.equal(await leaving(name, reloaded), 5);
      await (await make({ name })).destroy();
      assert.notDeepInclude(await readRows(), [name]);
      assert.equal(await leaving(name, reloaded), 1);
    });

    it('is corrected when the server begins to demand nonces', async () => {
      const name = newName();
      await plant([name], [`AShttps://login.example.com`]);
      const server = recorder(tokenError('n1'), ok('n2'));
      const keybound = await make({ name, fetch: server.fetch, authorizationServers: ['https://login.example.com'] });
      await keybound.fetch('https://login.example.com/token', { method: 'POST' });
      while (JSON.stringify(await readNotes(name)) !== '[]');
    });

    it('is not written by an answer that comes after the logout', async () => {
      const name = newName();
      const server = slow(() => new Response());
      const keybound = await make({ name, fetch: server.fetch });
      const signed = next(keybound, 'proof');
      const answered = next(keybound, 'answer');
      const call = rejection(keybound.protect({ origins: [api], accessToken: () => 'a' })(api));
      await signed;
      await keybound.destroy();
      server.go();
      await Promise.all([call, answered]);
      // Two transactions later, whatever the answer began is through.
      await readStored(name);
      assert.notDeepInclude(await readRows(), [name]);
    });

    it('is told to a new tab that asks: its first request carries the nonce of the others', async () => {
      const name = newName();
      const here = await make({ name, fetch: recorder(ok('n1')).fetch });
      await here.protect({ origins: [api], accessToken: () => 'a' })(api);
      const server = recorder(ok());
      const there = await (await open()).sdk.createKeybound({ name, fetch: server.fetch });
      // Once for the question, once for its answer.
      await wordsAreHeard(name);
      await wordsAreHeard(name);
      await there.protect({ origins: [api], accessToken: () => 'a' })(api);
      assert.deepEqual((await readClaims(server.requests)).map(({ nonce }) => nonce), ['n1']);
      there.close();
    });
  });
});
