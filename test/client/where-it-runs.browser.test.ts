/** The realms of a browser: the same key in all of them, or a plain word that there is none. */

import { assert } from 'chai';
import { createKeybound } from '../../src/index.ts';
import { openRealm, type Realm, type RealmKind } from '../support/realms.ts';
import { newName, readProof } from './recorder.ts';

const request = { method: 'GET', url: 'https://api.example.com/orders' };
const kinds: Record<RealmKind, RegExp> = {
  window: /^Window$/,
  'isolated window': /^Window$/,
  'dedicated worker': /^DedicatedWorkerGlobalScope$/,
  SharedWorker: /^SharedWorkerGlobalScope$/,
  'service worker': /^ServiceWorkerGlobalScope$/,
};

describe('where it runs', () => {
  const realms: Realm[] = [];

  async function open(kind: RealmKind): Promise<Realm> {
    const realm = await openRealm(kind);
    realms.push(realm);
    return realm;
  }

  afterEach(async () => {
    await Promise.all(realms.splice(0).map((realm) => realm.close()));
  });

  for (const [kind, global] of Object.entries(kinds) as [RealmKind, RegExp][]) {
    describe(kind, () => {
      it("has the page's key, signs with it and hears of its end; or has one of its own, says so, and leaves the page's alone", async () => {
        const name = newName();
        const page = await createKeybound({ name });
        const realm = await open(kind);
        const told = realm.next('unstored');
        const key = await realm.call('create', { name });
        assert.match(key.kind, global);
        assert.equal(key.isIsolated, kind === 'isolated window');
        const { header } = await readProof((await realm.call('proof'))!);
        assert.equal(header.jwk!.x === page.publicJwk!.x, key.jkt === page.jkt);
        if (key.persistence === 'indexeddb') {
          assert.deepInclude(key, { jkt: page.jkt, keyState: 'restored' });
          const ended = realm.next('destroyed');
          await page.destroy();
          await ended;
          assert.equal(await realm.call('proof'), 'destroyed');
        } else {
          assert.equal(kind, 'SharedWorker', 'WebKitGTK reads no keys there');
          await told;
          assert.deepEqual(await realm.call('events'), [{ type: 'unstored', cause: 'DataCloneError' }]);
          page.close();
          assert.deepInclude({ ...(await createKeybound({ name })) }, { jkt: page.jkt, keyState: 'restored' });
        }
      });

      it('can be the first to make the key, and log out: a page that comes later finds what is there', async () => {
        const name = newName();
        const realm = await open(kind);
        const key = await realm.call('create', { name });
        assert.equal(key.keyState, 'created');
        const page = await createKeybound({ name });
        await readProof(await page.proof(request));
        if (key.persistence === 'memory') return page.destroy();
        assert.equal(page.jkt, key.jkt);
        const ended = new Promise((resolve) => page.addEventListener('destroyed', resolve));
        await realm.call('destroy');
        await ended;
      });
    });
  }

  describe('an origin that is not secure (http, by a name that is not localhost)', () => {
    it('gives a plain KeyboundError insecure-context, from createKeybound and from createSigner', async () => {
      const { insecure } = (await (await fetch('/test-servers.json')).json()) as { insecure: string };
      const frame = document.createElement('iframe');
      const answer = new Promise<unknown>((resolve) => window.addEventListener('message', ({ data, source }) => source === frame.contentWindow && resolve(data)));
      frame.src = insecure + new URL('../support/insecure.html', import.meta.url).pathname;
      document.body.append(frame);
      assert.deepEqual(await answer, { isSecureContext: false, createKeybound: 'KeyboundError insecure-context', createSigner: 'KeyboundError insecure-context' });
      frame.remove();
    });
  });
});
