import { mockServers } from 'keybound/msw';
import { setupWorker } from 'msw/browser';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { openShop } from '../src/shop.ts';

const servers = await mockServers({ issuer: 'https://login.example.com', replicas: ['https://api.example.com'] });

beforeAll(() => setupWorker(...servers.handlers).start({ quiet: true, onUnhandledFrame: 'bypass' }));
afterEach(() => servers.assertClean()); // throws what the client did wrong, and how to mend it

test('reads the orders of who logged in, by a key that the browser keeps', async () => {
  const shop = await openShop(await servers.logIn('alice'));
  const answer = await shop.orders();
  expect(await answer.json()).toMatchObject({ sub: 'alice' });
  await shop.close();
});

test('goes on when every nonce has died', async () => {
  const shop = await openShop(await servers.logIn('alice'));
  await servers.expireNonces();
  expect((await shop.orders()).status).toBe(200);
  await shop.close();
});
