// Builds the five doors of src/ to dist/: modules that mirror src (so that what an app doesn't use is not even
// parsed), with source maps, and one declaration file per door; and the browser SDK as one file that imports nothing.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { defineConfig } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import esbuild, { minify } from 'rollup-plugin-esbuild';

const names = ['index', 'resource-server', 'authorization-server', 'msw', 'redis'];
const doors = Object.fromEntries(names.map((name) => [name, `src/${name}.ts`]));

const missing = Object.values(doors).filter((door) => !existsSync(door));
if (missing.length > 0) throw new Error(`Cannot build: no such door: ${missing.join(', ')}`);

// What the user's own installation brings. `#…` are the package.json imports, resolved where the package runs.
const external = [/^idb-keyval(\/|$)/, /^jose(\/|$)/, /^msw(\/|$)/, /^node:/, /^#/];

const { version, dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

/** Warnings fail the build: an unresolved import would be published as it stands. */
function onwarn(warning) {
  throw new Error(warning.message);
}

// A module that has gone from src must not live on in dist.
rmSync('dist', { recursive: true, force: true });

export default defineConfig([
  {
    input: doors,
    external,
    onwarn,
    plugins: [esbuild({ target: 'es2022' })],
    output: { dir: 'dist', format: 'es', sourcemap: true, preserveModules: true, preserveModulesRoot: 'src' },
  },
  {
    // For a page without a bundler. Its map would lead to a source of idb-keyval that is not in the package.
    input: doors.index,
    onwarn,
    plugins: [esbuild({ target: 'es2022' }), nodeResolve()],
    output: {
      file: 'dist/keybound.min.js',
      format: 'es',
      plugins: [minify({ legalComments: 'inline' })],
      banner: `/*! keybound ${version} (MIT), with promisifyRequest of idb-keyval ${dependencies['idb-keyval']} (Apache-2.0) */`,
    },
  },
  {
    input: doors,
    external,
    onwarn,
    plugins: [dts()],
    output: {
      dir: 'dist',
      format: 'es',
      entryFileNames: '[name].d.ts',
      chunkFileNames: 'types/[name].d.ts',
      // `using` needs a declaration that an app's own `lib` need not have.
      banner: ({ name }) => (name === 'index' ? '/// <reference lib="esnext.disposable" />' : ''),
    },
  },
]);
