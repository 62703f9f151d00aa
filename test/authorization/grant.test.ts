import { assert } from 'chai';
import { memoryGrantStorage, type Grant, type GrantStorage, type MemoryGrantStorageOptions } from '../../src/authorization-server.ts';
import { createLogin, type TokenAnswer } from '../support/login.ts';

const grant: Grant = {
  version: 1, clientId: 'spa', redirectUri: 'https://app.example.com/', sub: 'alice', codeChallenge: 'x',
  current: { kind: 'code', hash: 'x' }, accessTokens: [], revoked: false, expiresAtSeconds: 1100,
};

describe('grants in memory', () => {
  for (const options of [{ maxEntries: 0 }, { maxEntries: 1.5 }, { maxEntries: '10' }, { maxPushedRequests: 0 }, { nowSeconds: 1 }]) {
    it(`are not kept with ${JSON.stringify(options)}: a TypeError at the start`, () => {
      const [name] = Object.keys(options);
      assert.throws(() => memoryGrantStorage(options as MemoryGrantStorageOptions), TypeError, `${name} must be`);
    });
  }

  it('keep a grant only over the version before it', async () => {
    const storage = memoryGrantStorage({ nowSeconds: () => 1000 });
    assert.isFalse(await storage.put('a', { ...grant, version: 2 }));
    assert.isTrue(await storage.put('a', grant));
    assert.isFalse(await storage.put('a', grant));
    const puts = await Promise.all([1, 2, 3].map((sub) => storage.put('a', { ...grant, version: 2, sub: String(sub) })));
    assert.deepEqual(puts, [true, false, false]);
    assert.deepInclude(await storage.get('a'), { version: 2, sub: '1' });
  });

  it('forget what has ended', async () => {
    let now = 1000;
    const storage = memoryGrantStorage({ nowSeconds: () => now });
    await storage.put('a', grant);
    await storage.put('b', { ...grant, expiresAtSeconds: 2000 });
    now = 1101;
    await storage.put('c', { ...grant, expiresAtSeconds: 2000 });
    assert.isUndefined(await storage.get('a'));
    assert.isDefined(await storage.get('b'));
  });

  it('forget what has ended also where the clock was set back', async () => {
    let now = 10_000;
    const storage = memoryGrantStorage({ nowSeconds: () => now, maxEntries: 1 });
    now = 1000;
    await storage.put('a', grant);
    now = 1102;
    assert.isTrue(await storage.put('b', { ...grant, expiresAtSeconds: 2000 }));
    const error = await storage.put('c', grant).catch((thrown: unknown) => thrown);
    assert.propertyVal(error, 'name', 'FullError');
  });

  it('hold neither code nor refresh token, and survive JSON', async () => {
    const kept = new Map<string, string>();
    const read = (id: string) => (kept.has(id) ? (JSON.parse(kept.get(id)!) as Grant) : undefined);
    const storage: GrantStorage = {
      get: async (id) => read(id),
      async put(id, next) {
        if ((read(id)?.version ?? 0) !== next.version - 1) return false;
        kept.set(id, JSON.stringify(next));
        return true;
      },
    };
    const login = await createLogin({ storage });
    const code = await login.code({ scope: 'orders' });
    const { refresh_token } = (await (await login.redeem(code)).json()) as TokenAnswer;
    const written = JSON.stringify([...kept]);
    for (const secret of [...code.split('.'), ...refresh_token.split('.')]) assert.notInclude(written, secret);
    assert.equal((await login.refresh(refresh_token)).status, 200);
  });
});
