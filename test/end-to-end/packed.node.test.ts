/** The package as people get it: packed, installed into an empty Vite page, built, loaded, and run. */

import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { assert } from 'chai';
import { chromium } from 'playwright-core';
import { preview } from '../support/vite-preview.ts';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/browsers/find.mjs';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

describe('the packed tarball in a Vite project', function () {
  this.timeout(180_000);
  let project: string;
  const npm = (...args: string[]) => run('npm', args, { cwd: project });

  before(async () => {
    project = await mkdtemp(join(tmpdir(), 'keybound-vite-'));
    const packed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], { cwd: repository });
    const { filename } = firstPacked(packed.stdout);
    await cp(join(repository, 'examples/vite'), project, { recursive: true, filter: (path) => !/node_modules|dist/.test(path) });
    await npm('pkg', 'set', `dependencies.keybound=file:${filename}`);
    await npm('install', '--prefer-offline', '--no-audit', '--no-fund');
  });

  after(() => rm(project, { recursive: true, force: true }));

  it('runs the six lines against keybound/msw in the built page', async () => {
    await npm('run', 'build');
    const server = await preview(project);
    const browser = await chromium.launch({ executablePath: findChromium()!, args: [...CHROMIUM_FLAGS], chromiumSandbox: false });
    try {
      const page = await browser.newPage();
      await page.goto(server.url);
      const status = page.getByRole('status').filter({ hasText: '401' });
      await status.waitFor({ timeout: 30_000 });
      assert.equal(await status.textContent(), '200 for alice, key in indexeddb\n401 proof_key_not_bound_to_token');
    } finally {
      await browser.close();
      await server.close();
    }
  });

  it('is importable in a server build, where there is no window', async () => {
    await npm('run', 'build:ssr');
    const { stdout } = await run('node', ['dist-ssr/server.js'], { cwd: project });
    assert.match(stdout, /^(Ed25519|ES256) in memory$/m);
  });
});

// npm 10 lists what it packed, npm 11 may name it by package.
function firstPacked(json: string): { filename: string } {
  const [packed] = Object.values(JSON.parse(json) as Record<string, { filename: string }>);
  return packed!;
}
