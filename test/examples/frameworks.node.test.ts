/** React, Vue and Svelte pages on Vite: one key and one login, however often the framework mounts its components. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import type { Page, Request } from 'playwright-core';
import { openExample, type Example } from '../support/example.ts';
import { shown } from './shown.ts';

for (const framework of ['react', 'vue', 'svelte']) {
  describe(`examples/${framework}`, function () {
    this.timeout(180_000);
    let example: Example;

    before(async () => {
      example = await openExample(framework);
    });
    after(() => example?.close());

    /** What the page shows; after a click on its button it has one more line. */
    async function assertRuns(page: Page, keyState: 'created' | 'restored'): Promise<void> {
      const first = `200 for alice, key ${keyState} in indexeddb\n`;
      assert.equal(await shown(page), first);
      await page.getByRole('button', { name: 'Steal the token' }).click();
      await page.getByRole('status').filter({ hasText: '401' }).waitFor({ timeout: 10_000 });
      assert.equal(await shown(page), `${first}401 proof_key_not_bound_to_token`);
    }

    it('runs the six lines against keybound/msw in the built page', async () => {
      await example.npm('run', 'build');
      const page = await example.page(await example.serve());
      await assertRuns(page, 'created');
      await page.reload();
      await assertRuns(page, 'restored');
      assert.deepEqual(example.errors, []);
    });

    it('leaves the servers out of the script that the page begins with', () => {
      const html = readFileSync(join(example.folder, 'dist/index.html'), 'utf8');
      const scripts = [...html.matchAll(/<(?:script|link)[^>]+(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, file]) => file!);
      const speaksOfTokens = (file: string) => readFileSync(join(example.folder, 'dist', file), 'utf8').includes('at+jwt');
      assert.isNotEmpty(scripts);
      assert.deepEqual(scripts.filter(speaksOfTokens), []);
      const others = readdirSync(join(example.folder, 'dist/assets')).filter((file) => file.endsWith('.js')).map((file) => `assets/${file}`);
      assert.isNotEmpty(others.filter(speaksOfTokens), 'the word that tells a server by is nowhere');
    });

    it('has one key and one login in the development server, too, where StrictMode mounts twice', async () => {
      const page = await example.page(await example.start('dev', '--port', '0'));
      const redeemed: Request[] = [];
      page.on('response', (response) => {
        if (response.url() === 'https://login.example.com/token' && response.ok()) redeemed.push(response.request());
      });
      await shown(page);
      // Vite may have loaded the page a second time, when it had found more packages to prepare.
      redeemed.length = 0;
      const databases = await page.evaluate(async () => {
        const found = await indexedDB.databases();
        return found.map(({ name }) => name);
      });
      await page.reload();
      await assertRuns(page, 'restored');
      assert.lengthOf(redeemed, 1);
      assert.lengthOf(new Set(redeemed.map((request) => request.headers().dpop)), 1);
      assert.isNotEmpty(databases);
      assert.deepEqual(example.errors, []);
    });
  });
}
