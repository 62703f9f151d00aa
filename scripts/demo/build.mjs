// Builds the demo page into demo/dist: the page's own modules with the built package, exactly as a user would bundle it.
import { build, stop } from 'esbuild';
import { copyFile, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, node } from '../run.mjs';

const OUT = join(ROOT, 'demo/dist');

export async function buildDemo() {
  if (await isPackageStale()) {
    if (!(await node('node_modules/rollup/dist/bin/rollup', '-c', '--silent'))) throw new Error('The package did not build.');
  }
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: [{ in: 'demo/main.ts', out: 'main' }, { in: 'demo/style/main.css', out: 'main' }],
    outdir: OUT,
    bundle: true,
    minify: true,
    format: 'esm',
    // Without tsconfig.json, whose paths lead to src: the demo runs the package that is published.
    tsconfigRaw: {},
    target: 'es2022',
    sourcemap: true,
    logLevel: 'warning',
  });
  await writeFile(join(OUT, 'live.json'), 'null\n');
  await copyFile(join(ROOT, 'demo/index.html'), join(OUT, 'index.html'));
  await copyFile(join(ROOT, 'node_modules/msw/lib/mockServiceWorker.js'), join(OUT, 'mockServiceWorker.js'));
}

/** The programs of the live demo, in a folder that the page's server does not reach into. @returns {Promise<string>} the folder */
export async function buildProcesses() {
  const outdir = join(OUT, 'processes');
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['authorization-server', 'resource-server', 'legacy-service', 'thief', 'redis'].map((name) => `demo/processes/${name}.ts`),
    outdir,
    bundle: true,
    // `keybound` is one of them: Node finds the built package by its name, as a user's service does.
    packages: 'external',
    platform: 'node',
    format: 'esm',
    tsconfigRaw: {},
    target: 'node20',
    logLevel: 'warning',
  });
  // esbuild's own process would stay for as long as the demo runs.
  await stop();
  return outdir;
}

/** Whether anything that the package is built from is younger than what was built. */
async function isPackageStale() {
  const built = await stat(join(ROOT, 'dist/index.d.ts')).catch(() => undefined);
  if (!built) return true;
  const sources = await readdir(join(ROOT, 'src'), { recursive: true, withFileTypes: true });
  const files = [...sources.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)), join(ROOT, 'rollup.config.mjs')];
  const times = await Promise.all(files.map(async (file) => (await stat(file)).mtimeMs));
  return Math.max(...times) > built.mtimeMs;
}
