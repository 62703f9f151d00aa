import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { api } from '../src/api.ts'; // or the address of one that runs

const Origin = 'https://app.example.com';
let orders: string;

beforeAll(async () => {
  await once(api.listen(0), 'listening');
  orders = `http://localhost:${(api.address() as AddressInfo).port}/orders`;
});
afterAll(() => void api.close());

const names = (answer: Response, header: string) => (answer.headers.get(header) ?? '').toLowerCase().split(/, */);

test('the page may send a token and a proof', async () => {
  const asked = { 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'authorization,dpop' };
  const answer = await fetch(orders, { method: 'OPTIONS', headers: { Origin, ...asked } });
  expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(Origin);
  expect(names(answer, 'Access-Control-Allow-Headers')).toEqual(expect.arrayContaining(['authorization', 'dpop']));
});

test('the page may read nonce, challenge and time', async () => {
  const answer = await fetch(orders, { headers: { Origin } });
  expect(answer.status).toBe(401);
  expect(names(answer, 'Access-Control-Expose-Headers')).toEqual(expect.arrayContaining(['dpop-nonce', 'www-authenticate', 'date']));
});
