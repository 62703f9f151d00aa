// What the bench needs before it measures: the built package, and the peers, which nothing else installs.
//   --built     the package is there, as it should be
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function run(title, program, ...args) {
  console.error(title);
  const { status } = spawnSync(program, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(1);
}

if (!existsSync(new URL('node_modules/.package-lock.json', import.meta.url))) {
  run('Installing the peers …', 'npm', 'ci', '--prefix', 'bench', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error');
}
if (!process.argv.includes('--built')) {
  run('Building the package …', process.execPath, 'node_modules/rollup/dist/bin/rollup', '-c', '--silent');
}
