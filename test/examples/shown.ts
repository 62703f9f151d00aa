/** What the examples' pages have to show. */

import { assert } from 'chai';
import type { Page } from 'playwright-core';
import type { Example } from '../support/example.ts';

/** The page's result, once it is there. */
export async function shown(page: Page): Promise<string | null> {
  const status = page.getByRole('status').filter({ hasText: /\d{3}/ });
  await status.waitFor({ timeout: 30_000 });
  return status.textContent();
}

/** Alice is served, the thief of her token is not; after a reload her key is the one that she had. */
export async function assertRuns(example: Example, url: string): Promise<void> {
  const page = await example.page(url);
  assert.equal(await shown(page), '200 for alice, key created in indexeddb\n401 proof_key_not_bound_to_token');
  await page.reload();
  assert.equal(await shown(page), '200 for alice, key restored in indexeddb\n401 proof_key_not_bound_to_token');
  assert.deepEqual(example.errors, []);
}
