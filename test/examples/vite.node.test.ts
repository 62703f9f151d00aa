/** examples/vite: the packed package in a page that Vite builds. */

import { execFileSync } from 'node:child_process';
import { assert } from 'chai';
import { openExample, type Example } from '../support/example.ts';
import { assertRuns } from './shown.ts';

describe('examples/vite', function () {
  this.timeout(180_000);
  let example: Example;

  before(async () => {
    example = await openExample('vite');
  });
  after(() => example?.close());

  it('runs the six lines against keybound/msw in the built page', async () => {
    await example.npm('run', 'build');
    await assertRuns(example, await example.serve());
  });

  it('compiles with strict types', () => example.compile());

  it('is importable in a server build, where there is no window', async () => {
    await example.npm('run', 'build:ssr');
    const stdout = execFileSync('node', ['dist-ssr/server.js'], { cwd: example.folder, encoding: 'utf8' });
    assert.match(stdout, /^(Ed25519|ES256) in memory$/m);
  });
});
