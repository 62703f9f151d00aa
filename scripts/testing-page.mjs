// The parts of docs/guides/testing.md that are made: its code from the examples, its list from the mistakes themselves.
// `node --import ./scripts/typescript.mjs scripts/testing-page.mjs` fails where the page is stale; --write writes it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { mistakes } from '../src/mock/mistakes.ts';
import { table } from './results-page.mjs';
import { ROOT } from './run.mjs';

const PAGE = join(ROOT, 'docs/guides/testing.md');

/** `mistakes` is the list; every other name is the file of an example. */
const make = (name) => (name === 'mistakes' ? list() : '```ts\n' + readFileSync(join(ROOT, name), 'utf8') + '```');

const list = () => table(
  ['code', 'what is wrong', 'how to mend it', 'clause'],
  Object.entries(mistakes).map(([code, { what, mend, clause }]) => [`\`${code}\``, what, mend, clause]),
);

/** The page with its made parts made anew. @returns {string} */
export function makeTestingPage() {
  const page = readFileSync(PAGE, 'utf8');
  return page.replaceAll(/(<!-- made: ([\w./-]+) -->\n).*?(<!-- end -->)/gs, (_, start, name, end) => `${start}${make(name)}\n${end}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { write } = parseArgs({ options: { write: { type: 'boolean', default: false } } }).values;
  const page = makeTestingPage();
  const stale = page !== readFileSync(PAGE, 'utf8');
  if (stale && write) writeFileSync(PAGE, page);
  console.log(!stale ? 'docs/guides/testing.md is as the examples are.' : write ? 'docs/guides/testing.md is written.' : 'docs/guides/testing.md is stale.');
  process.exitCode = stale && !write ? 1 : 0;
}
