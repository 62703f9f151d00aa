// `node --import ./scripts/typescript.mjs` runs TypeScript: esbuild takes the types out, exactly as the browser tests'
// server does, so that Node and the browsers run the same text and their coverage can be laid one over the other.
// Imports name their files in full ('./proof.ts'), so there is nothing to resolve.
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { transform } from 'esbuild';

if (isMainThread) register(import.meta.url);
process.setSourceMapsEnabled(true);

/** A module hook of Node: https://nodejs.org/api/module.html#loadurl-context-nextload */
export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context);
  const file = fileURLToPath(url);
  const { code } = await transform(await readFile(file, 'utf8'), {
    loader: 'ts',
    target: 'es2022',
    sourcefile: url,
    sourcemap: 'inline',
  });
  return { format: 'module', source: code, shortCircuit: true };
}
