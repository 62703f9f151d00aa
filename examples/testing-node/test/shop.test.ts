import { mockServers } from 'keybound/msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openShop, type Shop } from '../src/shop.ts';

const servers = await mockServers({ issuer: 'https://login.example.com', replicas: ['https://api.example.com'] });
const network = setupServer(...servers.handlers);

let shop: Shop;

beforeAll(() => network.listen());
beforeEach(async () => {
  await servers.reset();
  shop = await openShop(await servers.logIn('alice'));
});
afterEach(async () => {
  await shop.close();
  servers.assertClean(); // throws what the client did wrong, and how to mend it
});
afterAll(() => network.close());

test('reads the orders of who logged in', async () => {
  const answer = await shop.orders();
  expect(await answer.json()).toMatchObject({ sub: 'alice' });
});

test('goes on when every nonce has died', async () => {
  await shop.orders();
  await servers.expireNonces();
  expect((await shop.orders()).status).toBe(200);
});

test('goes on when its clock is two minutes off', async () => {
  await servers.trouble({ nonces: 'none', clockSkewSeconds: 120 });
  expect((await shop.orders()).status).toBe(200);
});

test('hears of it when the servers cannot decide', async () => {
  await servers.trouble({ down: 'stores' });
  expect((await shop.orders()).status).toBe(503);
});
