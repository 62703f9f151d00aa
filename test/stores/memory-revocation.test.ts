import { assert } from 'chai';
import { memoryRevocation } from '../../src/resource-server.ts';

function createRevocation(maxEntries = 100) {
  const clock = { nowSeconds: 1_800_000_000 };
  return { clock, revocation: memoryRevocation({ maxEntries, nowSeconds: () => clock.nowSeconds }) };
}

describe('memory revocation', () => {
  it('knows the tokens that were revoked, by jti', async () => {
    const { clock, revocation } = createRevocation();
    assert.isFalse(await revocation.check({ jti: 'a' }));
    await revocation.revoke({ jti: 'a', expiresAtSeconds: clock.nowSeconds + 300 });
    assert.isTrue(await revocation.check({ jti: 'a', sub: 'alice' }));
    assert.isFalse(await revocation.check({ jti: 'b' }));
    assert.isFalse(await revocation.check({ sub: 'a' }));
  });

  it('remembers beyond exp, for verifiers whose clock is behind, and then forgets', async () => {
    const { clock, revocation } = createRevocation();
    await revocation.revoke({ jti: 'a', expiresAtSeconds: clock.nowSeconds + 300 });
    clock.nowSeconds += 599;
    assert.isTrue(await revocation.check({ jti: 'a' }));
    clock.nowSeconds += 1;
    assert.isFalse(await revocation.check({ jti: 'a' }));
  });

  it('takes a token twice, and one for which nothing is left', async () => {
    const { clock, revocation } = createRevocation();
    for (let count = 0; count < 2; count += 1) await revocation.revoke({ jti: 'a', expiresAtSeconds: clock.nowSeconds + 300 });
    await revocation.revoke({ jti: 'old', expiresAtSeconds: 1 });
    assert.isTrue(await revocation.check({ jti: 'a' }));
    assert.isFalse(await revocation.check({ jti: 'old' }));
  });

  it('rejects when it is full: no revoked token comes back to life', async () => {
    const { clock, revocation } = createRevocation(1);
    await revocation.revoke({ jti: 'a', expiresAtSeconds: clock.nowSeconds + 300 });
    const error = await revocation.revoke({ jti: 'b', expiresAtSeconds: clock.nowSeconds + 300 }).then(() => undefined, (thrown: unknown) => thrown);
    assert.instanceOf(error, Error);
    await revocation.revoke({ jti: 'a', expiresAtSeconds: clock.nowSeconds + 300 });
    assert.isTrue(await revocation.check({ jti: 'a' }));
    clock.nowSeconds += 2 * 3600 + 600;
    await revocation.revoke({ jti: 'b', expiresAtSeconds: clock.nowSeconds + 300 });
  });
});
