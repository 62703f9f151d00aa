import { assert } from 'chai';
import { createKeybound, createSigner, KeyboundError, type Keybound, type Signer } from '../../src/index.ts';
import { api, login, newName, ok, readProof, recorder, rejection } from './recorder.ts';

const proofOf = (keybound: Keybound) => keybound.proof({ method: 'GET', url: api });

/** The next event of a type. */
const next = (keybound: Keybound, type: string) => new Promise<Event>((resolve) => keybound.addEventListener(type, resolve, { once: true }));

describe('createKeybound', () => {
  describe('called twice with one name', () => {
    it('gives one instance, whether at once or one after the other (React StrictMode, hot reload)', async () => {
      const name = newName();
      const [first, second] = await Promise.all([createKeybound({ name }), createKeybound({ name })]);
      assert.equal(first, second);
      assert.equal(await createKeybound({ name }), first);
      first.close();
    });

    it('gives one instance where the options are the same, in whatever order they are written', async () => {
      const name = newName();
      const first = await createKeybound({ name, algorithms: ['ES256'], authorizationServers: [login] });
      assert.equal(await createKeybound({ authorizationServers: [login], algorithms: ['ES256'], name }), first);
      first.close();
    });

    it('is a TypeError where other options are asked for: nobody gets a key, a list or a verdict that was meant for another', async () => {
      const name = newName();
      const [signer, other] = await Promise.all([createSigner(), createSigner()]);
      const first = await createKeybound({ name, algorithms: ['ES256'], authorizationServers: [login], signer, expectedJkt: await signer.thumbprint() });
      const same = { name, algorithms: ['ES256'], authorizationServers: [login], signer, expectedJkt: first.jkt };
      assert.equal(await createKeybound(same), first);
      const { signer: _, ...withoutSigner } = same;
      for (const options of [{ ...same, algorithms: ['Ed25519'] }, { ...same, authorizationServers: [] }, { ...same, signer: other }, withoutSigner, { name }]) {
        assert.instanceOf(await rejection(createKeybound(options)), TypeError, JSON.stringify(options));
      }
      first.close();
    });

    it('gives another instance with another name', async () => {
      const keybounds = await Promise.all([createKeybound({ name: newName() }), createKeybound({ name: newName() })]);
      assert.notEqual(keybounds[0].jkt, keybounds[1].jkt);
      for (const keybound of keybounds) keybound.close();
    });

    it('tries again where the first call failed', async () => {
      const name = newName();
      await rejection(createKeybound({ name, algorithms: [] }));
      (await createKeybound({ name })).close();
    });
  });

  describe('with a signer', () => {
    it('uses it as it is: its key, its algorithm, its errors', async () => {
      const signer = await createSigner({ algorithms: ['ES256'] });
      const keybound = await createKeybound({ name: newName(), signer });
      assert.deepInclude(keybound, { alg: 'ES256', jkt: await signer.thumbprint(), persistence: 'memory', keyState: 'restored' });
      assert.deepEqual((await readProof(await proofOf(keybound))).header.jwk, signer.publicJwk as Record<string, unknown>);
      keybound.close();
    });

    it('is in memory by choice: no warning that its key is not stored', async () => {
      const keybound = await createKeybound({ name: newName(), signer: await createSigner() });
      let told = 0;
      keybound.addEventListener('unstored', () => (told += 1));
      await new Promise((resolve) => setTimeout(resolve));
      assert.equal(told, 0);
      keybound.close();
    });

    it('that tells no public key still works', async () => {
      const { publicJwk: _, ...signer } = await createSigner();
      const keybound = await createKeybound({ name: newName(), signer });
      assert.isUndefined(keybound.publicJwk);
      await readProof(await proofOf(keybound));
      keybound.close();
    });

    it('closes it on close and resets it on destroy, once each', async () => {
      const told: string[] = [];
      const signer: Signer = {
        ...(await createSigner()),
        close: () => {
          told.push('close');
        },
        reset: async () => {
          told.push('reset');
        },
      };
      (await createKeybound({ name: newName(), signer })).close();
      assert.deepEqual(told.splice(0), ['close']);
      await (await createKeybound({ name: newName(), signer })).destroy();
      assert.sameMembers(told, ['close', 'reset']);
    });

    it('that cannot be reached: the error is passed on, and the next call tries again', async () => {
      const name = newName();
      const error = new Error('unreachable');
      const signer: Signer = { ...(await createSigner()), thumbprint: () => Promise.reject(error) };
      assert.equal(await rejection(createKeybound({ name, signer })), error);
      (await createKeybound({ name })).close();
    });
  });

  describe('with expectedJkt', () => {
    it('says lost where the key is another, at once and by an event that cannot be missed', async () => {
      const keybound = await createKeybound({ name: newName(), expectedJkt: 'the key of the token' });
      const lost = next(keybound, 'lost');
      assert.equal(keybound.keyState, 'lost');
      assert.deepEqual(((await lost) as CustomEvent).detail, { jkt: keybound.jkt, expectedJkt: 'the key of the token' });
      keybound.close();
    });

    it('says nothing where the key is the one', async () => {
      const signer = await createSigner();
      const keybound = await createKeybound({ name: newName(), signer, expectedJkt: await signer.thumbprint() });
      let told = 0;
      keybound.addEventListener('lost', () => (told += 1));
      assert.equal(keybound.keyState, 'restored');
      await new Promise((resolve) => setTimeout(resolve));
      assert.equal(told, 0);
      keybound.close();
    });
  });

  it('holds no private key that anybody could find on it', async () => {
    const keybound = await createKeybound({ name: newName() });
    const seen = new Set<unknown>();
    const search = (value: unknown): void => {
      if (Object(value) !== value || seen.has(value)) return;
      seen.add(value);
      assert.notInstanceOf(value, CryptoKey);
      for (const key of Reflect.ownKeys(value as object)) search(Reflect.get(value as object, key));
    };
    search(keybound);
    assert.isTrue(seen.has(keybound.publicJwk));
    keybound.close();
  });

  it('gives methods that work detached', async () => {
    const server = recorder(ok());
    const { proof, fetch, protect, close, destroy } = await createKeybound({ name: newName(), fetch: server.fetch, authorizationServers: [login] });
    await readProof(await proof({ method: 'GET', url: api }));
    await fetch(`${login}/token`, { method: 'POST' });
    await protect({ origins: [api], accessToken: () => 'a' })(api);
    assert.equal(server.requests.length, 2);
    close();
    await destroy();
  });
});

describe('close', () => {
  it('lets go, and leaves the key: the instance proves no more, because it would not hear of a logout; the next call makes a new one', async () => {
    const name = newName();
    const first = await createKeybound({ name });
    first.close();
    assert.deepInclude(await rejection(proofOf(first)), { name: 'KeyboundError', code: 'closed' });
    const second = await createKeybound({ name });
    assert.notEqual(second, first);
    second.close();
  });

  it('can be called again, and then leaves the next instance of the name alone', async () => {
    const name = newName();
    const first = await createKeybound({ name });
    first.close();
    const second = await createKeybound({ name });
    first.close();
    assert.equal(await createKeybound({ name }), second);
    second.close();
  });

  ('dispose' in Symbol ? it : it.skip)('is what `using` calls', async () => {
    const name = newName();
    const first = await createKeybound({ name });
    first[Symbol.dispose]();
    const second = await createKeybound({ name });
    assert.notEqual(second, first);
    second.close();
  });
});

describe('destroy', () => {
  it('ends the key: proofs reject with destroyed, and so does what needs them', async () => {
    const server = recorder(ok());
    const keybound = await createKeybound({ name: newName(), fetch: server.fetch, authorizationServers: [login] });
    const fetch = keybound.protect({ origins: [api], accessToken: () => 'a' });
    await keybound.destroy();
    for (const call of [() => proofOf(keybound), () => fetch(api), () => keybound.fetch(`${login}/token`, { method: 'POST' })]) {
      const error = await rejection(call());
      assert.instanceOf(error, KeyboundError);
      assert.equal(error.code, 'destroyed');
    }
    assert.equal(server.requests.length, 0);
    await keybound.fetch(`${login}/jwks`);
    assert.equal(server.requests.length, 1, 'what needs no proof still passes');
  });

  it('ends it at once, not when the storage is through', async () => {
    const keybound = await createKeybound({ name: newName() });
    const destroyed = keybound.destroy();
    assert.equal((await rejection(proofOf(keybound))).code, 'destroyed');
    await destroyed;
  });

  it('tells listeners once, whoever calls it how often', async () => {
    const keybound = await createKeybound({ name: newName() });
    let told = 0;
    keybound.addEventListener('destroyed', () => (told += 1));
    await Promise.all([keybound.destroy(), keybound.destroy()]);
    await keybound.destroy();
    assert.equal(told, 1);
  });

  it('works after close, too: logout at the end of a `using` block', async () => {
    const keybound = await createKeybound({ name: newName() });
    keybound.close();
    await keybound.destroy();
    assert.equal((await rejection(proofOf(keybound))).code, 'destroyed');
  });

  it('is followed by a new key of the same name', async () => {
    const name = newName();
    const first = await createKeybound({ name });
    const destroyed = first.destroy();
    const second = await createKeybound({ name });
    await destroyed;
    assert.notEqual(second.jkt, first.jkt);
    assert.equal(second.keyState, 'created');
    await readProof(await proofOf(second));
    second.close();
  });

  it('does not lie where the key could not be removed: it rejects, the key is unused all the same, and can be removed later', async () => {
    const error = new Error('no storage');
    let works = false;
    const signer: Signer = { ...(await createSigner()), reset: () => (works ? Promise.resolve() : Promise.reject(error)) };
    const keybound = await createKeybound({ name: newName(), signer });
    assert.equal(await rejection(keybound.destroy()), error);
    assert.equal((await rejection(proofOf(keybound))).code, 'destroyed');
    works = true;
    await keybound.destroy();
  });
});
