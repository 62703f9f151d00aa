// docs/performance.md and its pictures, made of bench/results.json: `npm run bench:page` writes them, and a test fails where
// they are stale.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { barChart } from './lib/chart.mjs';
import { confidence } from './lib/spread.mjs';
import { judge, TARGETS } from './targets.mjs';

const ROOT = new URL('..', import.meta.url);

const TITLES = {
  verifier: 'The verifier',
  replay: 'The memory of spent proofs',
  proofs: 'Proofs in browsers',
  fetch: 'What a protected fetch adds',
  cold: 'The first proof of a page',
  size: 'Bytes',
  counts: 'What is asked of the platform',
  herd: 'A hundred first requests at once',
  growth: 'As there are more',
  profile: 'Where the time goes',
};

/** What has to be known to read a section. */
const NOTES = {
  replay: 'The longest call is told twice: by the clock, and less the time that the thread waited for a processor and what the system took meanwhile, where it tells that.',
  fetch: 'Less is better. Over the local server, p95 and much of p50 is the noise of the network: what counts is the stubbed one.',
  counts: 'But bytes allocated: they may differ by up to 10 %.',
  herd: 'Times are until all have ended, in success or not: with a new nonce for every answer the peers are fast because next to none of theirs succeeds (the counts are below). Over HTTP/2, where each nonce serves once, peers that send everything at once and twice are faster than ours.',
};

const table = (heads, rows) => [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
const plain = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
// Never -0.00.
const two = (value) => (Math.abs(value) < 0.005 ? 0 : value).toFixed(2);
const amount = (value) => (Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number((Math.abs(value) < 1e-6 ? 0 : value).toPrecision(3))));

/** @returns {Record<string, string>} texts by their paths from the root */
export function makePage({ parts, agreement }) {
  const sections = Object.entries(TITLES).filter(([name]) => parts[name]).map(([name, title]) => section(name, title, parts[name]));
  const text = `${opening(parts, agreement)}\n\n${sections.map((each) => each.text).join('\n\n')}\n`;
  return { 'docs/performance.md': text, ...Object.assign({}, ...sections.map((each) => each.pictures)) };
}

/** What two whole runs said of each other. */
function agreed(agreement) {
  if (!agreement) return '';
  const { date, outside, medians, most, names } = agreement;
  return `\nTwo runs on this machine (${date}; ${names.join(', ')}): ${outside} of ${medians} medians lie outside of the other run’s spread, at most ${most} would be chance;\nall that can be counted is the same.\n`;
}

function opening(parts, agreement) {
  const [{ machine }] = Object.values(parts);
  const rows = TARGETS.map((target) => {
    const { ours, isMet } = judge(target, parts);
    const verdict = isMet === undefined ? '–' : isMet ? '✓' : `not reached: ${target.why ?? ''}`;
    return [target.what, target.target, ours, verdict];
  });
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`).join(', ');
  return `# Performance

Made by \`npm run bench\` (\`bench:verifier\`, \`bench:proofs\` … for one part) and \`npm run bench:page\`. Everything is measured
beside its peers and beside what the platform needs for the bare operation, in turn, in one run. What counts are the ratios,
the medians of those of each round, not the ratios of the medians: times are of one machine (${machine.cores} cores, ${plain(machine.processor)}, Node ${machine.node.slice(1)}, ${machine.date}). \`npm run bench:check\` measures again,
and fails where a ratio of ours has fallen by more than 15 %, or something that can be counted is another number (bytes allocated: by more than 10 %).

Each number is the median of the rounds. The spread beside it is where the median of another run on the same machine is to be
expected, as often as each section says. It follows from the ranks of the rounds alone, whatever the noise is like; but a machine
that has become another one in between (other work, other clocks) may leave it. \`npm run bench -- --output=FILE\` writes a run
elsewhere, and \`npm run bench:agree -- FILE FILE\` tells whether no more medians of two runs lie outside than chance puts there.

Peers: ${versions}. Browsers: ${Object.entries(parts.proofs?.browsers ?? {}).map(([name, version]) => `${name} (${version})`).join(', ')}.
${agreed(agreement)}
## What was aimed at

${table(['what', 'target', 'ours', ''], rows)}`;
}

function section(name, title, part) {
  const pictures = {};
  const blocks = Object.entries(part.results).map(([heading, contenders], index) => {
    const file = `${name}-${index + 1}.svg`;
    pictures[`docs/performance/${file}`] = picture(heading, contenders, part);
    const rows = Object.entries(contenders).map(([contender, { value, ratio }]) =>
      [plain(contender), amount(value.median), two(ratio.median), `${two(ratio.low)} to ${two(ratio.high)}`]);
    return `### ${plain(heading)}\n\n![${plain(heading)}](performance/${file})\n\n${table(['', part.unit, 'ratio', 'spread'], rows)}`;
  });
  const counted = Object.entries({ ...part.counts, ...part.observed }).filter(([, rows]) => Object.keys(rows).length > 0).map(([heading, rows]) => `### ${plain(heading)}\n\n${countTable(rows)}`);
  const missing = Object.entries({ ...part.missing, ...part.absent }).flatMap(([where, reasons]) =>
    (typeof reasons === 'string' ? [[where, reasons]] : Object.entries(reasons).map(([who, why]) => [`${who} (${where})`, why])));
  const without = missing.length > 0 ? [`Not there: ${missing.map(([who, why]) => `${plain(who)}: ${plain(why)}`).join('; ')}.`] : [];
  const terms = part.baseline ? `${promise(part)} The ratio is to “${part.baseline}”: ${part.better === 'lower' ? 'what this adds ÷ what it adds' : 'its value ÷ this one’s'}.` : (part.terms ?? 'The same each time.');
  const notes = NOTES[name] ? [NOTES[name]] : [];
  return { text: [`## ${title}`, terms, ...notes, ...blocks, ...counted, ...without].join('\n\n'), pictures };
}

/** How often the spread is right. */
const promise = ({ rounds }) => `${rounds} rounds: the median of another ${rounds} lies within the spread ${Math.round(100 * confidence(rounds))} times in 100.`;

/** Ours stands out by its colour; the rest is grey. */
function picture(heading, contenders, { baseline, better }) {
  const bars = Object.entries(contenders).map(([name, { ratio }]) =>
    ({ name, value: ratio.median, low: ratio.low, high: ratio.high, kind: name.startsWith('keybound') ? 0 : 5 }));
  return barChart({ title: heading, description: `Ratios to ${baseline}`, label: `ratio to ${baseline}: ${better === 'lower' ? 'shorter' : 'longer'} is better`, groups: [{ name: '', bars }], format: two });
}

function countTable(rows) {
  const isFlat = Object.values(rows).every((row) => typeof row !== 'object');
  if (isFlat) return table(['', ''], Object.entries(rows).map(([name, value]) => [plain(name), value]));
  const heads = [...new Set(Object.values(rows).flatMap((row) => Object.keys(row)))];
  return table(['', ...heads], Object.entries(rows).map(([name, row]) => [plain(name), ...heads.map((head) => plain(row[head] ?? ''))]));
}

/** What the committed results make. */
export const currentPage = () => makePage(JSON.parse(readFileSync(new URL('results.json', import.meta.url), 'utf8')));

if (process.argv[2] === '--write' && process.argv[1] === fileURLToPath(import.meta.url)) {
  rmSync(new URL('docs/performance', ROOT), { recursive: true, force: true });
  mkdirSync(new URL('docs/performance', ROOT), { recursive: true });
  for (const [path, text] of Object.entries(currentPage())) writeFileSync(new URL(path, ROOT), text);
}
