// docs/browsers.md, made by the tests themselves: what the client does, in which browser it was seen to do it, and what 100
// first requests cost there.
//
// `node scripts/browsers-page.mjs` fails where a test of the page did not pass, or where the committed page says something
// else; --write writes it, once all browsers have run. Counts of requests vary by a few: they are not compared.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './run.mjs';
import { measuredFile } from './test-servers.mjs';

const PAGE = 'docs/browsers.md';
const BROWSERS = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKitGTK' };
const NAMES = Object.values(BROWSERS);

/** The sections of the page, each with the suites whose tests are its rows. */
const SECTIONS = {
  'Keys': ['the key in IndexedDB', "the key's life", 'createKeybound', 'close', 'destroy', 'logout'],
  'Storage that fails': ['storage that fails'],
  'Where it runs': ['where it runs'],
  'Nonces': ['a herd of requests', 'the gate to a server'],
  'Requests and bodies': ['a request', 'relative URLs', 'keybound.fetch'],
  'Redirects': ['a redirect'],
  'Clocks': ["a server's clock", 'a server that takes Ed25519 by one name alone (RFC 8037, RFC 9864)', 'the clock'],
  'Tokens': ['the access token', 'a refused token in two tabs'],
  'What CORS hides': ['corsDoctor', 'across real origins'],
  'What it tells and keeps': ['what a Keybound tells', 'printEvents', 'a session'],
};

const faults = [];
const results = JSON.parse(readFileSync(join(ROOT, '.cache/results-browser.json'), 'utf8'));
const ran = NAMES.filter((name) => results[name]);
const tests = [...new Set(ran.flatMap((name) => Object.keys(results[name].tests)))];

const escape = (text) => text.replace(/[\\`*_|<>[\]]/g, '\\$&');
const table = (heads, rows) => [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

function cell(test, browser) {
  if (!ran.includes(browser)) return '✓';
  const outcome = results[browser].tests[test];
  if (outcome === 'failed') faults.push(`${browser}: failed: ${test}`);
  return { passed: '✓', skipped: 'skipped' }[outcome] ?? '–';
}

function section([title, suites]) {
  const rows = tests.filter((test) => suites.some((suite) => test.startsWith(`${suite} › `)));
  if (rows.length === 0) faults.push(`no tests: ${title}`);
  const told = (test) => escape(test.slice(test.indexOf(' › ') + 3));
  return `## ${title}\n\n${table(['behaviour', ...NAMES], rows.map((test) => [told(test), ...NAMES.map((browser) => cell(test, browser))]))}`;
}

/** What each kind of server costs, by what the browsers' tests have measured. */
function herd() {
  const measured = Object.keys(BROWSERS).map((browser) => {
    const file = join(ROOT, measuredFile(browser));
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  });
  const kinds = [...new Set(measured.flatMap(Object.keys))].filter((kind) => kind.startsWith('100 first requests'));
  const count = (values) => (values ? `${values.requests} → ${values.succeeded}` : '–');
  return table(['100 first requests', ...NAMES], kinds.map((kind) => [
    escape(kind.replace(/^100 first requests /, '')), ...measured.map((values) => count(values[kind])),
  ]));
}

const page = `# What was tried in which browser

Made by the tests (\`npm test\`, then \`node scripts/browsers-page.mjs --write\`): each row is a test that ran in Chromium,
Firefox and WebKitGTK, which stands in for Safari and is not Safari. A dash: the test is not for that browser, and another row
says what happens there.

## The price of a nonce

Requests that reached the server → requests that succeeded, where 100 start at once and no nonce is known. The server
takes the newest nonce and the one before it; its answers take 50 ms. A client that signs first and asks later needs 200,
and loses up to 100 of them where nonces change. The counts vary by a few from run to run.

${herd()}

${Object.entries(SECTIONS).map(section).join('\n\n')}
`;

const { write } = parseArgs({ options: { write: { type: 'boolean', default: false } } }).values;
const compared = (text) => text.replace(/\d+ → \d+/g, '…').split('\n');
if (ran.length < NAMES.length) console.log(`Did not run: ${NAMES.filter((name) => !ran.includes(name)).join(', ')}. The page is not compared.`);
else if (write && faults.length === 0) writeFileSync(join(ROOT, PAGE), page);
else if (!write) {
  const there = compared(existsSync(join(ROOT, PAGE)) ? readFileSync(join(ROOT, PAGE), 'utf8') : '');
  const at = compared(page).findIndex((line, index) => line !== there[index]);
  if (at >= 0) faults.push(`${PAGE} is stale; after npm test, npm run browsers writes it. First difference:\n- ${there[at] ?? ''}\n+ ${compared(page)[at]}`);
}
for (const fault of faults.slice(0, 20)) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
