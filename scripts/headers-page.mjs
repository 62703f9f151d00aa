// The parts of docs/headers.md that are made: the samples from the recipe, the tables from what the attacks' tests expect.
// `node --import ./scripts/typescript.mjs scripts/headers-page.mjs` fails where the page is stale; --write writes it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { browserNames, outcomeIn, rows, variants } from '../test/isolation/attacks.ts';
import { isolationHeaders } from './isolation-headers.mjs';
import { ROOT } from './run.mjs';

const PAGE = join(ROOT, 'docs/headers.md');

const headers = isolationHeaders({ 'connect-src': "'self' https://api.example.com https://login.example.com" });

const PARTS = {
  nginx: () => fence('nginx', Object.entries(headers).map(([name, value]) => `add_header ${name} "${value}" always;`)),
  express: () => fence('ts', [
    '// Express: before everything that answers, express.static and the error handlers too',
    'app.use((_request, response, next) => {',
    '  response.set({',
    ...Object.entries(headers).flatMap(([name, value]) => property(name, value)),
    '  });',
    '  next();',
    '});',
  ]),
  attacks: () => table(
    ['the key goes by', 'without the headers', ...browserNames.map((browser) => `with them: ${browser}`)],
    rows.map((row) => [row.name, everywhere(row.without), ...browserNames.map((browser) => told(outcomeIn(row.with, browser)))]),
  ),
  variants: () => table(
    ['headers', 'the key goes by', ...browserNames],
    variants.map(({ headers: sent, name, outcome }) => [sent, name, ...browserNames.map((browser) => told(outcomeIn(outcome, browser)))]),
  ),
};

/** The page with its made parts made anew. @returns {string} */
export function makeHeadersPage() {
  return readFileSync(PAGE, 'utf8').replaceAll(/(<!-- made: (\w+) -->\n).*?(<!-- end -->)/gs, (_, start, name, end) => `${start}${PARTS[name]()}\n${end}`);
}

const fence = (language, lines) => ['```' + language, ...lines, '```'].join('\n');

function property(name, value) {
  if (name !== 'Content-Security-Policy') return [`    '${name}': '${value}',`];
  return [`    '${name}': [`, ...value.split('; ').map((directive) => `      "${directive}",`), "    ].join('; '),"];
}

const ARRIVALS = { kept: 'taken, kept', used: 'taken', ran: 'runs' };

const told = (outcome) => ARRIVALS[outcome] ?? `\`${outcome}\``;

function everywhere(outcomes) {
  const all = new Set(browserNames.map((browser) => told(outcomeIn(outcomes, browser))));
  return [...all].join(', ');
}

const table = (heads, lines) => [heads, heads.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { write } = parseArgs({ options: { write: { type: 'boolean', default: false } } }).values;
  const page = makeHeadersPage();
  const stale = page !== readFileSync(PAGE, 'utf8');
  if (write) writeFileSync(PAGE, page);
  else if (stale) console.error('docs/headers.md is stale: run this with --write');
  process.exitCode = stale && !write ? 1 : 0;
}
