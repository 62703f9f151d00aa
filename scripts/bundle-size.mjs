// How many bytes an app takes on, minified and compressed, with an entry that imports what it says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { ROOT } from './run.mjs';

/** The doors, as they were built. */
const DOORS = {
  keybound: './dist/index.js',
  'keybound/resource-server': './dist/resource-server.js',
  'keybound/authorization-server': './dist/authorization-server.js',
  'keybound/redis': './dist/redis.js',
  'keybound/msw': './dist/msw.js',
};

/**
 * @param {{ code?: string, file?: string, folder?: string, platform?: 'browser' | 'node', external?: string[] }} entry a module's
 *   text, or a file of the root that is served as it is; `folder`: whose node_modules are looked in, the root's by default
 * @returns {Promise<{ min: number, gzip: number, brotli: number, modules: string[] }>} with the modules that bytes of the
 *   bundle come from, and those that it leaves to be imported
 */
export async function measureBundle({ code, file, folder = ROOT, platform = 'browser', external = [] }) {
  const { outputFiles, metafile } = await build({
    ...(file ? { entryPoints: [file], packages: 'external' } : { stdin: { contents: code, resolveDir: folder } }),
    absWorkingDir: ROOT,
    alias: DOORS,
    platform,
    external,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    outfile: 'bundle.js',
    write: false,
    metafile: true,
    logLevel: 'error', // an export that isn't there is an error, and told
    logOverride: { 'import-is-undefined': 'error' },
  });
  const [{ contents }] = file ? [{ contents: readFileSync(join(ROOT, file)) }] : outputFiles;
  return { ...bytes(contents), modules: modulesIn(metafile) };
}

function bytes(contents) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  return {
    min: contents.length,
    gzip: gzipSync(contents, { level: 9 }).length,
    brotli: brotliCompressSync(contents, { params }).length,
  };
}

function modulesIn({ outputs }) {
  const [output] = Object.values(outputs);
  const inputs = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return [...inputs.map(([path]) => path), ...output.imports.map(({ path }) => path)];
}
