import { expect } from 'chai';
import { mockServers, type MockServers } from 'keybound/msw';
import { setupWorker } from 'msw/browser';
import { openShop } from '../src/shop.ts';

describe('the shop', () => {
  let servers: MockServers;

  before(async () => {
    servers = await mockServers({ issuer: 'https://login.example.com', replicas: ['https://api.example.com'] });
    await setupWorker(...servers.handlers).start({ quiet: true, onUnhandledFrame: 'bypass' });
  });
  afterEach(() => servers.assertClean()); // throws what the client did wrong, and how to mend it

  it('reads the orders of who logged in, by a key that the browser keeps', async () => {
    const shop = await openShop(await servers.logIn('alice'));
    const answer = await shop.orders();
    expect(await answer.json()).to.include({ sub: 'alice' });
    await shop.close();
  });

  it('goes on when every nonce has died', async () => {
    const shop = await openShop(await servers.logIn('alice'));
    await servers.expireNonces();
    expect((await shop.orders()).status).to.equal(200);
    await shop.close();
  });
});
