import { assert } from 'chai';
import { mockServers } from '../../src/msw.ts';

describe('msw: persist', () => {
  it('is a TypeError where there is no IndexedDB', async () => {
    const started = mockServers({ issuer: 'https://login.example', persist: true });
    assert.instanceOf(await started.catch((error: unknown) => error), TypeError);
  });
});
