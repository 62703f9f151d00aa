// `npm run bench:scale` counts what a request costs (bench/scale/measure.mjs), writes it to bench/scale/measured.json, and
// makes docs/scale.md with its pictures of that and of what the simulation has shown. It needs `npm run build`, and a
// redis-server.
//   --page       makes the page of what is there, and measures nothing
//   --scale=1    how much is done
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makePage } from './scale/page.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const MEASURED = at('scale/measured.json');

/** The page and its pictures, as they should be: texts by their paths, from the root. */
export function currentPage() {
  const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
  return makePage({ measured: read(MEASURED), simulated: read(at('simulation/results.json')) });
}

async function main() {
  const { values } = parseArgs({ options: { page: { type: 'boolean', default: false }, scale: { type: 'string', default: '1' } } });
  if (!values.page) {
    const { measure } = await import('./scale/measure.mjs');
    const measured = await measure({ scale: Number(values.scale), progress: (text) => console.error(`scale: ${text}`) });
    writeFileSync(MEASURED, `${JSON.stringify(measured, null, 2)}\n`);
  }
  mkdirSync(at('../docs/scale'), { recursive: true });
  for (const [path, text] of Object.entries(currentPage())) writeFileSync(at(`../${path}`), text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
