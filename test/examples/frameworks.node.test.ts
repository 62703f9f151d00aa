/** React, Vue and Svelte pages on Vite: one key and one login, however often the framework mounts its components. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from 'chai';
import type { Page } from 'playwright-core';
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
      await page.getByRole('status').filter({ hasText: '401' }).waitFor({ timeout: 30_000 });
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

    it('compiles with strict types', () => example.compile());

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
      const url = await example.start('dev', '--port', '0');
      // Vite may load the first page twice, when it finds more packages to prepare.
      await shown(await example.page(url));
      const page = await example.page('about:blank');
      const keys = new Set<string>();
      const logins: string[] = [];
      page.on('request', (request) => {
        const proof = request.headers().dpop;
        if (proof) keys.add(keyOf(proof));
      });
      page.on('response', (response) => {
        if (response.url() === 'https://login.example.com/token' && response.ok()) logins.push(response.url());
      });
      await page.goto(url);
      assert.equal(await shown(page), '200 for alice, key created in indexeddb\n');
      assert.lengthOf([...keys], 1);
      assert.lengthOf(logins, 1);
      assert.deepEqual(example.errors, []);
    });
  });
}

/** The public key in the header of a proof (RFC 9449 §4.2). */
function keyOf(proof: string): string {
  const [header = ''] = proof.split('.');
  return JSON.stringify(JSON.parse(Buffer.from(header, 'base64url').toString()).jwk);
}
