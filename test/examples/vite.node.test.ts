/** examples/vite: the packed package in a page that Vite builds. */

import { execFileSync } from 'node:child_process';
import { assert } from 'chai';
import { openExample, type Example } from '../support/example.ts';

describe('examples/vite', function () {
  this.timeout(180_000);
  let example: Example;

  before(async () => {
    example = await openExample('vite');
  });
  after(() => example?.close());

  it('runs the six lines against keybound/msw in the built page', async () => {
    await example.npm('run', 'build');
    const page = await example.page(await example.serve());
    const status = page.getByRole('status').filter({ hasText: '401' });
    await status.waitFor();
    assert.equal(await status.textContent(), '200 for alice, key in indexeddb\n401 proof_key_not_bound_to_token');
    assert.deepEqual(example.errors, []);
  });

  it('is importable in a server build, where there is no window', async () => {
    await example.npm('run', 'build:ssr');
    const stdout = execFileSync('node', ['dist-ssr/server.js'], { cwd: example.folder, encoding: 'utf8' });
    assert.match(stdout, /^(Ed25519|ES256) in memory$/m);
  });
});
