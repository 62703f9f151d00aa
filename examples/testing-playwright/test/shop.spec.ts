import { expect, test } from '@playwright/test';

test.beforeEach(async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('button', { name: 'Orders' })).toBeEnabled();
});

// The servers live in the page: a test throws their switches there, and asks them what the client did wrong.
test.afterEach(({ page }) => page.evaluate(() => window.servers.assertClean()));

test('shows the orders of who logged in', async ({ page }) => {
  await page.getByRole('button', { name: 'Orders' }).click();
  await expect(page.getByRole('status')).toHaveText('Orders of alice');
});

test('goes on when every nonce has died', async ({ page }) => {
  await page.evaluate(() => window.servers.expireNonces());
  await page.getByRole('button', { name: 'Orders' }).click();
  await expect(page.getByRole('status')).toHaveText('Orders of alice');
});

test('says so when the servers cannot decide', async ({ page }) => {
  await page.evaluate(() => window.servers.trouble({ down: 'stores' }));
  await page.getByRole('button', { name: 'Orders' }).click();
  await expect(page.getByRole('status')).toHaveText('No orders: 503');
});
