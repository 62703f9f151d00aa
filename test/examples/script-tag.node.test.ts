/** examples/script-tag: no bundler, a strict policy, and real servers on other origins. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from 'chai';
import { openExample, type Example } from '../support/example.ts';
import { assertRuns, shown } from './shown.ts';

describe('examples/script-tag', function () {
  this.timeout(180_000);
  let example: Example;
  let servers: Example;
  let url: string;

  before(async () => {
    example = await openExample('script-tag');
    servers = await openExample('servers');
    url = await servers.start('start', example.folder);
  });
  after(async () => {
    await servers?.close();
    await example?.close();
  });

  it('runs the six lines from the one served file, behind a policy without inline scripts', () => assertRuns(example, url));

  it("runs them from the package's modules by an import map, whose hash the policy names", async () => {
    const page = await example.page(new URL('import-map.html', url).href);
    assert.equal(await shown(page), '200 for alice, key created in indexeddb');
    await page.reload();
    assert.equal(await shown(page), '200 for alice, key restored in indexeddb');
    assert.deepEqual(example.errors, []);
  });

  it('serves no files whose names begin with a dot, and of node_modules only what the import map names', async () => {
    await writeFile(join(example.folder, '.env'), 'SECRET=1');
    await mkdir(join(example.folder, '.git'), { recursive: true });
    await writeFile(join(example.folder, '.git/config'), 'secret');
    for (const path of ['.env', '.git/config', 'node_modules/.package-lock.json', 'node_modules/keybound/package.json', 'NODE_MODULES/keybound/package.json'])
      assert.equal((await fetch(new URL(path, url))).status, 404, path);
    assert.equal((await fetch(new URL('node_modules/idb-keyval/dist/index.js', url))).status, 200);
  });

  it('serves no folder that nobody named', async () => {
    const error: unknown = await servers.npm('start').catch((thrown: unknown) => thrown);
    assert.include(String(error), 'npm start -- ../webpack/dist');
  });

  it('sends the strict policy that these pages run behind', async () => {
    const policy = (await fetch(url)).headers.get('Content-Security-Policy')!;
    assert.match(policy, /^default-src 'none'; script-src 'self'; /);
    assert.include(policy, "require-trusted-types-for 'script'");
  });
});
