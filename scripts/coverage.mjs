// Brings the coverage of the Node tests and the browser tests together into one report over all of src/, files that no
// test loads included, and holds it to the floor. `node scripts/coverage.mjs`, after both test stages.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import coverageLibrary from 'istanbul-lib-coverage';
import reportLibrary from 'istanbul-lib-report';
import reports from 'istanbul-reports';
import { mergeRecords } from './coverage-merge.mjs';
import { ROOT } from './run.mjs';

const FLOOR_PERCENT = 90;

const RUNS = ['node', 'browser'];

/** Every source with the records of the runs that loaded it. */
function mergeRuns(runs) {
  const map = coverageLibrary.createCoverageMap();
  for (const file of readdirSync(join(ROOT, 'src'), { recursive: true }).filter((name) => name.endsWith('.ts'))) {
    const path = join(ROOT, 'src', file);
    const lines = linesOfCode(path);
    const records = runs.map((run) => run[path]).filter((record) => record && !record.all);
    if (lines.size > 0) map.addFileCoverage(mergeRecords(path, records, lines));
  }
  return map;
}

/**
 * The lines that the compiler makes code of. V8 knows nothing of the others: it would report comments and types as covered
 * in a file that was loaded, and as uncovered in one that wasn't. Imports and re-exports are links, not code.
 */
function linesOfCode(path) {
  const { code, map } = transformSync(readFileSync(path, 'utf8'), { loader: 'ts', target: 'es2022', sourcemap: true });
  const mapping = new SourceMap(JSON.parse(map));
  const lines = new Set();
  for (const [line, text] of withoutLinks(code).split('\n').entries()) {
    for (let column = 0; column < text.trimEnd().length; column += 1) {
      const { originalLine } = mapping.findEntry(line, column);
      if (originalLine !== undefined) lines.add(originalLine + 1);
    }
  }
  return lines;
}

/** Blanks them, so that all else stays where the source map knows it. */
const withoutLinks = (code) =>
  code.replace(/^(?:import|export)\b[^;()=]*?"[^"]*"(?: with [^;]*)?;$/gm, (link) => link.replace(/[^\n]/g, ' '));

function readRuns() {
  const missing = RUNS.filter((run) => !existsSync(fileOf(run)));
  if (missing.length > 0) throw new Error(`No coverage of these tests, so run them first: ${missing.join(', ')}`);
  return RUNS.map((run) => JSON.parse(readFileSync(fileOf(run), 'utf8')));
}

const fileOf = (run) => join(ROOT, 'coverage', run, 'coverage-final.json');

function writeReports(map) {
  const context = reportLibrary.createContext({
    dir: join(ROOT, 'coverage'),
    coverageMap: map,
    watermarks: Object.fromEntries(['statements', 'functions', 'branches', 'lines'].map((kind) => [kind, [FLOOR_PERCENT, 100]])),
  });
  for (const report of ['text', 'html', 'lcovonly']) reports.create(report, { maxCols: 120 }).execute(context);
}

function belowFloor(map) {
  const summary = map.getCoverageSummary();
  // Of nothing at all istanbul says 'Unknown', which is no percentage either.
  return ['lines', 'statements', 'functions', 'branches'].filter((kind) => !(summary[kind].pct >= FLOOR_PERCENT));
}

const map = mergeRuns(readRuns());
writeReports(map);
const below = belowFloor(map);
if (below.length > 0) console.error(`Below the floor of ${FLOOR_PERCENT} %: ${below.join(', ')}`);
process.exitCode = below.length > 0 ? 1 : 0;
