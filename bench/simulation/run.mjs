// `npm run bench:simulate` simulates a million clients, with one seed, writes bench/simulation/results.json, and makes
// docs/scale.md of it. It takes some ten minutes; the same seed gives the same bytes.
//   --clients=1000000
//   --print      shows the results without writing them
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EXPERIMENTS } from './experiments.mjs';

export const RESULTS = fileURLToPath(new URL('results.json', import.meta.url));
export const SEED = 9449;
/** So many clients a test simulates again, to see that what is committed is what the code does. */
export const SMALL = 2000;

/** @returns {Promise<Record<string, Record<string, number[][]>>>} points of lines, by experiment */
export async function simulateAll(clients, progress = () => {}) {
  const results = {};
  for (const [name, run] of Object.entries(EXPERIMENTS)) {
    const start = performance.now();
    results[name] = await run({ clients, seed: SEED });
    progress(`${name}: ${clients} clients, ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
  return results;
}

/** One point a line. */
export const written = (results) => `${JSON.stringify(results, null, 1).replace(/\[\s+([^[\]{}]*?)\s+\]/g, (_, inside) => `[${inside.replace(/\s+/g, ' ')}]`)}\n`;

async function main() {
  const { values } = parseArgs({ options: { clients: { type: 'string', default: '1000000' }, print: { type: 'boolean', default: false } } });
  const clients = Number(values.clients);
  const tell = (line) => console.error(line);
  const text = written({ seed: SEED, clients, large: await simulateAll(clients, tell), smallClients: SMALL, small: await simulateAll(SMALL, tell) });
  if (values.print) console.log(text);
  else writeFileSync(RESULTS, text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
