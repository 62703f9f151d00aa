import { assert } from 'chai';
import { createKeybound, type Keybound } from '../../src/index.ts';
import { askForKey } from '../support/ask-for-key.ts';
import { openFrame, type TestFrame } from '../support/frame.ts';
import { plant, readRows, readStored, wipe } from './database.ts';
import { newName, readProof, rejection } from './recorder.ts';

const request = { method: 'GET', url: 'https://api.example.com/orders' };
const ed25519 = { name: 'Ed25519' };
const p256 = { name: 'ECDSA', namedCurve: 'P-256' };

function generatePair(algorithm: AlgorithmIdentifier | EcKeyGenParams, extractable: boolean): Promise<CryptoKeyPair> {
  return askForKey(() => crypto.subtle.generateKey(algorithm, extractable, ['sign', 'verify']) as Promise<CryptoKeyPair>);
}

describe('the key in IndexedDB', () => {
  const frames: TestFrame[] = [];
  const made: Keybound[] = [];

  async function open(): Promise<TestFrame> {
    const frame = await openFrame();
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

  it('is one key for eight frames that race to create it (auth0-spa-js, oidc-client-ts: one each, the last wins)', async () => {
    const name = newName();
    const pages = await Promise.all(Array.from({ length: 8 }, open));
    const racers = await Promise.all(pages.map(({ sdk }) => sdk.createKeybound({ name })));
    assert.equal(new Set(racers.map(({ jkt }) => jkt)).size, 1);
    assert.equal(racers.filter(({ keyState }) => keyState === 'created').length, 1);
    assert.equal(racers.filter(({ keyState }) => keyState === 'restored').length, 7);
    for (const racer of racers) {
      assert.equal(racer.persistence, 'indexeddb');
      const { header } = await readProof(await racer.proof(request));
      assert.equal(header.jwk!.x, racers[0]!.publicJwk!.x);
    }
  });

  it('is one key for eight frames of which none finds a database yet', async () => {
    await wipe();
    const name = newName();
    const pages = await Promise.all(Array.from({ length: 8 }, open));
    const racers = await Promise.all(pages.map(({ sdk }) => sdk.createKeybound({ name })));
    assert.deepEqual(new Set(racers.map(({ jkt, persistence }) => `${jkt} ${persistence}`)).size, 1);
    assert.equal(racers[0]!.persistence, 'indexeddb');
  });

  for (const alg of ['Ed25519', 'ES256']) {
    it(`survives a reload (${alg}): same thumbprint, keyState restored, proofs good`, async () => {
      const name = newName();
      const frame = await open();
      const before = await frame.sdk.createKeybound({ name, algorithms: [alg] });
      const { jkt } = before;
      assert.deepEqual([before.alg as string, before.keyState, before.persistence], [alg, 'created', 'indexeddb']);
      const after = await (await frame.reload()).sdk.createKeybound({ name, algorithms: [alg], expectedJkt: jkt });
      assert.equal(after.jkt, jkt);
      assert.equal(after.keyState, 'restored');
      await readProof(await after.proof(request));
    });
  }

  it('survives the end of the frame that made it, and is there for another instance', async () => {
    const name = newName();
    const frame = await open();
    const { jkt } = await frame.sdk.createKeybound({ name });
    frame.remove();
    const keybound = await make({ name });
    assert.equal(keybound.jkt, jkt);
    assert.equal(keybound.keyState, 'restored');
  });

  it('is one for each name', async () => {
    const [first, second] = await Promise.all([make({ name: newName() }), make({ name: newName() })]);
    assert.notEqual(first.jkt, second.jkt);
  });

  for (const alg of ['Ed25519', 'ES256']) {
    it(`cannot be exported or wrapped by script that takes it out of the database (${alg})`, async () => {
      const name = newName();
      await make({ name, algorithms: [alg] });
      const { privateKey } = (await readStored(name))!;
      assert.isFalse(privateKey.extractable);
      const { subtle } = crypto;
      for (const format of ['pkcs8', 'jwk', 'raw'] as const) {
        assert.oneOf((await rejection(subtle.exportKey(format, privateKey))).name, ['InvalidAccessError', 'NotSupportedError'], format);
      }
      assert.equal((await rejection(subtle.exportKey('pkcs8', privateKey))).name, 'InvalidAccessError');
      assert.equal((await rejection(subtle.exportKey('jwk', privateKey))).name, 'InvalidAccessError');
      const wrapping = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['wrapKey']);
      for (const format of ['pkcs8', 'jwk'] as const) {
        const wrapped = subtle.wrapKey(format, privateKey, wrapping, { name: 'AES-GCM', iv: new Uint8Array(12) });
        assert.equal((await rejection(wrapped)).name, 'InvalidAccessError', format);
      }
      assert.deepEqual(JSON.parse(JSON.stringify(privateKey)), {});
    });
  }

  const { subtle } = crypto;
  const unsuited: [string, () => Promise<unknown>][] = [
    ['an extractable Ed25519 key', () => generatePair(ed25519, true)],
    ['an extractable P-256 key', () => generatePair(p256, true)],
    ['a key of another algorithm', () => generatePair({ name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' } as RsaHashedKeyGenParams, false)],
    ['a key for key agreement', () => subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits'])],
    ['a symmetric key', () => subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])],
    ['a text', async () => 'no key'],
    ['an empty object', async () => ({})],
    ['null members', async () => ({ privateKey: null, publicKey: null })],
    ['a private key as JWK', async () => ({ privateKey: await subtle.exportKey('jwk', (await generatePair(p256, true)).privateKey) })],
  ];
  for (const [what, planted] of unsuited) {
    it(`is replaced, never used, where it is ${what}: keyState replaced, and an event that cannot be missed`, async () => {
      const name = newName();
      await plant(name, await planted());
      const keybound = await make({ name, algorithms: ['ES256', 'Ed25519'] });
      const rotated = new Promise<Event>((resolve) => keybound.addEventListener('rotated', resolve));
      assert.deepInclude(keybound, { keyState: 'replaced', persistence: 'indexeddb' });
      assert.deepEqual(((await rotated) as CustomEvent).detail, { jkt: keybound.jkt, expectedJkt: undefined });
      const { header } = await readProof(await keybound.proof(request));
      assert.equal(header.alg, keybound.alg);
      assert.isFalse((await readStored(name))!.privateKey.extractable);
      keybound.close();
      assert.deepInclude(await make({ name, algorithms: ['ES256', 'Ed25519'] }), { keyState: 'restored', jkt: keybound.jkt });
    });
  }

  it('is replaced where the servers no longer take its algorithm, and kept where they take it beside another', async () => {
    const name = newName();
    const first = await make({ name, algorithms: ['ES256'] });
    first.close();
    const second = await make({ name, algorithms: ['ES256', 'Ed25519'] });
    assert.deepInclude(second, { keyState: 'restored', jkt: first.jkt, alg: 'ES256' });
    second.close();
    const third = await make({ name, algorithms: ['Ed25519'], expectedJkt: first.jkt });
    assert.deepInclude(third, { keyState: 'lost', alg: 'Ed25519' });
    third.close();
    const fourth = await make({ name, algorithms: ['EdDSA'] });
    assert.deepInclude(fourth, { keyState: 'restored', jkt: third.jkt });
    assert.equal((await readProof(await fourth.proof(request))).header.alg, 'EdDSA');
  });

  it('that is not the one of the stored token is lost, and says so', async () => {
    const name = newName();
    const first = await make({ name });
    first.close();
    const keybound = await make({ name, expectedJkt: 'the key of the token' });
    const lost = new Promise<Event>((resolve) => keybound.addEventListener('lost', resolve));
    assert.equal(keybound.keyState, 'lost');
    assert.deepEqual(((await lost) as CustomEvent).detail, { jkt: first.jkt, expectedJkt: 'the key of the token' });
  });

  it('keeps nobody from deleting the database, as "clear my data" does (oidc-client-ts: blocks, and later calls hang)', async () => {
    const name = newName();
    const first = await make({ name });
    await wipe();
    await readProof(await first.proof(request));
    first.close();
    const second = await make({ name });
    assert.deepInclude(second, { keyState: 'created', persistence: 'indexeddb' });
    assert.notEqual(second.jkt, first.jkt);
  });

  describe('stays in memory, and works,', () => {
    const broken: [string, (frame: TestFrame['window']) => void][] = [
      ['where there is no IndexedDB', (window) => Object.defineProperty(window, 'indexedDB', { value: undefined })],
      [
        'where looking for it throws',
        (window) =>
          Object.defineProperty(window, 'indexedDB', {
            get() {
              throw new DOMException('denied', 'SecurityError');
            },
          }),
      ],
      [
        'where opening throws',
        (window) => {
          window.IDBFactory.prototype.open = () => {
            throw new DOMException('denied', 'SecurityError');
          };
        },
      ],
      [
        'where opening fails',
        (window) => {
          const { open: original } = window.IDBFactory.prototype;
          window.IDBFactory.prototype.open = function refuse() {
            // A version below the one that is there: a real VersionError, told as any failure to open is.
            original.call(this, 'keybound test, newer', 2);
            return original.call(this, 'keybound test, newer', 1);
          };
        },
      ],
      [
        'where put throws (CryptoKey cannot be stored)',
        (window) => {
          window.IDBObjectStore.prototype.put = () => {
            throw new DOMException('no keys', 'DataCloneError');
          };
        },
      ],
      [
        'where the transaction is aborted (quota)',
        (window) => {
          const { put } = window.IDBObjectStore.prototype;
          window.IDBObjectStore.prototype.put = function abort(...args) {
            const putting = put.apply(this, args);
            putting.addEventListener('success', () => this.transaction.abort());
            return putting;
          };
        },
      ],
      [
        'where a key does not come back',
        (window) => {
          const { get } = window.IDBObjectStore.prototype;
          window.IDBObjectStore.prototype.get = function forget() {
            return get.call(this, 'another name');
          };
        },
      ],
      [
        'where a key comes back that cannot sign',
        (window) => {
          const { put } = window.IDBObjectStore.prototype;
          window.IDBObjectStore.prototype.put = function maim({ publicKey }: CryptoKeyPair, name) {
            return put.call(this, { publicKey, privateKey: publicKey }, name);
          };
        },
      ],
    ];
    for (const [what, breakIt] of broken) {
      it(`${what}: the page goes on, and knows`, async () => {
        const frame = await open();
        breakIt(frame.window);
        const name = newName();
        const keybound = await frame.sdk.createKeybound({ name });
        const unstored = new Promise<Event>((resolve) => keybound.addEventListener('unstored', resolve));
        assert.deepInclude({ persistence: keybound.persistence, keyState: keybound.keyState }, { persistence: 'memory', keyState: 'created' });
        await readProof(await keybound.proof(request));
        assert.equal(((await unstored) as CustomEvent).detail.jkt, keybound.jkt);
        assert.equal(await frame.sdk.createKeybound({ name }), keybound);
        await keybound.destroy();
        assert.equal((await rejection(keybound.proof(request))).code, 'destroyed');
      });
    }
  });

  describe('in a browser without Ed25519', () => {
    async function openWithout(...names: string[]): Promise<TestFrame> {
      const frame = await open();
      const { subtle: own } = frame.window.crypto;
      const generateKey = own.generateKey.bind(own) as (...args: unknown[]) => Promise<unknown>;
      Object.defineProperty(own, 'generateKey', {
        value: async (algorithm: { name: string }, ...rest: unknown[]) => {
          if (names.includes(algorithm.name)) throw new DOMException('unknown', 'NotSupportedError');
          return generateKey(algorithm, ...rest);
        },
      });
      return frame;
    }

    it('is ES256', async () => {
      const { sdk } = await openWithout('Ed25519');
      const keybound = await sdk.createKeybound({ name: newName() });
      assert.equal(keybound.alg, 'ES256');
      assert.equal(keybound.persistence, 'indexeddb');
      assert.equal((await readProof(await keybound.proof(request))).header.alg, 'ES256');
    });

    it('cannot be had where the servers take nothing else: KeyboundError no-algorithm, with the cause', async () => {
      const { sdk } = await openWithout('Ed25519');
      for (const algorithms of [['Ed25519'], ['EdDSA', 'Ed25519']]) {
        const error = await rejection(sdk.createKeybound({ name: newName(), algorithms }));
        assert.instanceOf(error, sdk.KeyboundError);
        assert.equal(error.code, 'no-algorithm');
        assert.equal((error.cause as Error).name, 'NotSupportedError');
      }
    });

    it('cannot be had where nothing works', async () => {
      const { sdk } = await openWithout('Ed25519', 'ECDSA');
      assert.equal((await rejection(sdk.createKeybound({ name: newName() }))).code, 'no-algorithm');
    });
  });

  it('cannot be had in a page that is not secure: KeyboundError insecure-context', async () => {
    const { window, sdk } = await open();
    Object.defineProperty(window.crypto, 'subtle', { value: undefined });
    const error = await rejection(sdk.createKeybound({ name: newName() }));
    assert.instanceOf(error, sdk.KeyboundError);
    assert.equal(error.code, 'insecure-context');
  });

  it('is made at the second try where the first fails, as WebKitGTK does now and then', async () => {
    const { window, sdk } = await open();
    const { subtle: own } = window.crypto;
    const generateKey = own.generateKey.bind(own) as (...args: unknown[]) => Promise<unknown>;
    let failures = 0;
    Object.defineProperty(own, 'generateKey', {
      value: async (...args: unknown[]) => {
        if (failures++ < 1) throw new DOMException('now and then', 'OperationError');
        return generateKey(...args);
      },
    });
    assert.equal((await sdk.createKeybound({ name: newName() })).alg, 'Ed25519');
  });
});
