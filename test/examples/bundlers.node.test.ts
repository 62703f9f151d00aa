/** One page, bundled by each; its servers are real, and on other origins. Vite has a test of its own. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { assert } from 'chai';
import { openExample, type Example } from '../support/example.ts';
import { assertRuns } from './shown.ts';

/** The limit of scripts/size.mjs for everything that the SDK exports; the page itself takes a part of it. */
const MAX_BROTLI_BYTES = 7860;

for (const bundler of ['webpack', 'esbuild', 'rollup', 'parcel']) {
  describe(`examples/${bundler}`, function () {
    this.timeout(180_000);
    let example: Example;
    let servers: Example;
    const dist = () => join(example.folder, 'dist');
    const scripts = () => readdirSync(dist()).filter((file) => file.endsWith('.js')).map((file) => readFileSync(join(dist(), file)));

    before(async () => {
      example = await openExample(bundler);
      servers = await openExample('servers');
      await example.npm('run', 'build');
    });
    after(async () => {
      await servers?.close();
      await example?.close();
    });

    it('runs the six lines against real servers on other origins, behind a strict policy', async () => {
      await assertRuns(example, await servers.start('start', dist()));
    });

    it('makes one script, no larger than the SDK may be, with nothing of a server in it', () => {
      const [script, ...others] = scripts();
      assert.isEmpty(others);
      assert.isAtMost(brotliCompressSync(script!).length, MAX_BROTLI_BYTES);
      // The type of access tokens (RFC 9068 §2.1): only what issues or verifies them speaks of it.
      assert.notInclude(String(script), 'at+jwt');
    });

    it('bundles the same page as the others, without a configuration', () => {
      const page = (name: string) => readFileSync(new URL(`../../examples/${name}/src/main.js`, import.meta.url), 'utf8');
      assert.equal(page(bundler), page('webpack'));
      assert.deepEqual(readdirSync(new URL(`../../examples/${bundler}/`, import.meta.url)).filter((file) => /config|^\.\w+rc/.test(file)), []);
    });
  });
}
