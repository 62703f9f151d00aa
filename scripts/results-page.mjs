// Pages that are made of what the tests have shown: the outcomes that the reporters leave in .cache, and the comparison of
// a page with the one that is committed.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run.mjs';

/** How the line begins that says which versions a page was written with: it is not compared. */
export const RAN_WITH = 'Written with';

export const RUNTIMES = ['Node', 'Chromium', 'Firefox', 'WebKitGTK'];

const RESULTS = ['results-node', 'results-end-to-end', 'results-browser'].map((name) => join(ROOT, '.cache', `${name}.json`));

/** @returns {Record<string, Record<string, 'passed' | 'failed' | 'skipped'>>} outcomes by runtime and full test name */
export function readOutcomes() {
  const outcomes = {};
  for (const file of RESULTS.filter((path) => existsSync(path))) {
    for (const [runtime, { tests = {} }] of Object.entries(JSON.parse(readFileSync(file, 'utf8')))) {
      outcomes[runtime] = { ...outcomes[runtime], ...tests };
    }
  }
  return outcomes;
}

export const escape = (text) => String(text).replace(/[\\`*_|<>[\]]/g, '\\$&');

export const table = (heads, rows) => [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** The page without the columns of the runtimes that did not run, and without the rows that were for those only. */
function withoutMissing(page, ran) {
  const missing = RUNTIMES.map((runtime, index) => (ran.includes(runtime) ? 0 : index - RUNTIMES.length)).filter((index) => index < 0);
  if (missing.length === 0) return page;
  return page.replace(/, and \d+ tests of other suites/, '').split('\n').flatMap((line) => {
    if (!/ (✓|–|refused|skipped|✗) \|$/.test(line)) return [line];
    const columns = line.slice(2, -2).split(' | ');
    const results = columns.slice(-RUNTIMES.length);
    for (const index of missing) results[RUNTIMES.length + index] = '';
    return results.some((cell) => cell !== '' && cell !== '–') ? [[...columns.slice(0, -RUNTIMES.length), ...results].join(' | ')] : [];
  }).join('\n');
}

function compare(path, page, { ran, command, faults }) {
  const committed = existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), 'utf8') : '';
  const isCompared = (line) => !line.startsWith(RAN_WITH);
  const [there, here] = [committed, page].map((text) => withoutMissing(text, ran).split('\n').filter(isCompared));
  const at = here.findIndex((line, index) => line !== there[index]);
  if (at < 0 && here.length === there.length) return;
  const line = at < 0 ? here.length : at;
  faults.push(`${path} is stale; after npm test, ${command} writes it. First difference:\n- ${there[line] ?? ''}\n+ ${here[line] ?? ''}`);
}

/**
 * Writes the page, or holds it against the committed one; says what is wrong, and sets the exit code.
 *
 * @param {string} path the page, from the root
 * @param {string} page its text
 * @param {{ write: boolean, ran: string[], command: string, faults: string[] }} about which runtimes ran, and what is wrong already
 */
export function settle(path, page, { write, ran, command, faults }) {
  const missing = RUNTIMES.filter((runtime) => !ran.includes(runtime));
  if (missing.length > 0) console.log(`Did not run: ${missing.join(', ')}. What the page says of them is not compared.`);
  if (!write) compare(path, page, { ran, command, faults });
  else if (missing.length > 0) faults.push('the page is written when all runtimes have run: npm test');
  else if (faults.length === 0) writeFileSync(join(ROOT, path), page);
  for (const fault of faults.slice(0, 20)) console.error(fault);
  console.log(faults.length === 0 ? `${path} ${write ? 'is written' : 'says what the tests have shown'}` : `${faults.length} faults`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
