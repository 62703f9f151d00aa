// What it was measured on, and with which versions.
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

export function describeMachine() {
  const [{ model }] = cpus();
  return {
    processor: model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    versions: JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).devDependencies,
  };
}
