// Holds the promise of the documents: their samples fit the types of the package. Each ```ts block is a module of its own;
// what it takes from the reader's app is declared in test/docs/readers-*.d.ts. `node scripts/docs-samples.mjs` prints
// each fault as document:line and exits 1 if there is one. A block below `<!-- sample: name -->` has a name, by which
// test/docs/samples.node.test.ts runs it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './run.mjs';

/** The documents: everything in Markdown at the root, in docs/ and in docs/guides/. */
export function findDocuments() {
  const markdown = (folder) => readdirSync(join(ROOT, folder)).filter((file) => file.endsWith('.md')).map((file) => join(folder, file));
  return [...markdown('.'), ...markdown('docs'), ...markdown('docs/guides')];
}

export const readDocument = (document) => readFileSync(join(ROOT, document), 'utf8');

/** @returns {{ document: string, line: number, name: string | undefined, code: string }[]} `line` is the code's first one */
export function findSamples(documents = findDocuments()) {
  return documents.flatMap((document) => {
    const text = readDocument(document);
    const blocks = text.matchAll(/(?:<!-- sample: ([\w-]+) -->\n)?^```ts\n(.*?)^```$/gms);
    return [...blocks].map(({ 0: block, 1: name, 2: code, index }) => {
      const before = text.slice(0, index + block.indexOf('```ts\n') + '```ts\n'.length);
      return { document, name, code, line: before.split('\n').length };
    });
  });
}

/** The sample as a module that imports this tree's sources, which needs no build; its lines keep their numbers. */
export function moduleOf({ code, line }) {
  const at = (path) => pathToFileURL(join(ROOT, path)).href;
  // Beside a sample lie the other examples of libraries.
  const imports = code
    .replace(/(from|import\() ?'keybound(\/[\w-]+)?'/g, (_, keyword, path = '/index') => `${keyword} '${at(`src${path}.ts`)}'`)
    .replace(/from '\.\/([\w-]+\.ts)'/g, (_, neighbour) => `from '${at(`examples/callers/${neighbour}`)}'`);
  return `${'\n'.repeat(line - 1)}${imports}export {};\n`;
}

/** Type-checks samples. @returns {string[]} the faults */
export function checkTypes(samples) {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.cache/docs-samples-'));
  try {
    for (const sample of samples) writeFileSync(join(folder, fileName(sample)), moduleOf(sample).replaceAll(pathToFileURL(ROOT).href, '../../'));
    // A sample shows what it makes, and need not use it.
    const compilerOptions = { noUnusedLocals: false };
    const include = ['*.ts', '../../test/docs/*.d.ts', '../../test/servers/oidc-provider.d.ts'];
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include }));
    const { stdout } = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'], {
      encoding: 'utf8',
      cwd: folder,
    });
    // What is wrong in src/ is for the stage that checks the types there to say.
    return stdout.split('\n').filter((line) => /^error|^.+\.md@/.test(line)).map(inDocument);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const fileName = ({ document, line }) => `${document.replaceAll(/[/\\]/g, '+')}@${line}.ts`;

const inDocument = (fault) => fault.replace(/^(.+\.md)@\d+\.ts\((\d+),\d+\)/, (_, file, line) => `${file.replaceAll('+', '/')}:${line}`);

function main() {
  const samples = findSamples();
  const faults = checkTypes(samples);
  for (const fault of faults) console.error(fault);
  console.log(`${samples.length} samples, ${faults.length} faults`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main();
