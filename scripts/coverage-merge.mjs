// Lays the coverage of several runs of one file over each other: Node's and Chromium's.
//
// V8 counts ranges of the text, and v8-to-istanbul calls the lines statements and the ranges branches. V8 reports a range
// only where its count differs from what is around it: a branch that one run left out and the other took stands in the
// first report alone, as uncovered. So no report can be taken for the list of branches. Here the list is what all runs
// report together, and the count of a range in a run that doesn't report it is that of the innermost range around it.

/** @typedef {{ start: { line: number, column: number }, end: { line: number, column: number } }} Range */

/**
 * @param {string} path
 * @param {readonly object[]} records istanbul's file coverage, one of each run that loaded the file (not the empty report
 *   that c8 writes for a file it never saw: its single branch spans the file, and would hide those that are there)
 * @param {ReadonlySet<number>} lines the lines that hold code
 * @returns {object} istanbul's file coverage
 */
export function mergeRecords(path, records, lines) {
  return {
    path,
    ...mergeLines(records, lines),
    ...(records.length > 0 ? mergeRanges(records) : neverLoaded(path, lines)),
  };
}

function mergeLines(records, lines) {
  const merged = { statementMap: {}, s: {} };
  for (const line of [...lines].sort((a, b) => a - b)) {
    merged.statementMap[line] = { start: { line, column: 0 }, end: { line, column: Infinity } };
    merged.s[line] = sum(records, (record) => countOfLine(record, line));
  }
  return merged;
}

function countOfLine({ statementMap, s }, line) {
  const key = Object.keys(statementMap).find((candidate) => statementMap[candidate].start.line === line);
  return key === undefined ? 0 : s[key];
}

function mergeRanges(records) {
  const runs = records.map((record) => ({ branches: branchesOf(record), functions: functionsOf(record) }));
  const merged = { fnMap: {}, f: {}, branchMap: {}, b: {} };
  for (const { key, name, range } of distinct(runs.flatMap((run) => run.functions))) {
    merged.fnMap[key] = { name, decl: range, loc: range, line: range.start.line };
    merged.f[key] = sum(runs, (run) => countIn(run, key, range));
  }
  for (const { key, range } of distinct(runs.flatMap((run) => run.branches))) {
    merged.branchMap[key] = { type: 'branch', loc: range, locations: [range], line: range.start.line };
    merged.b[key] = [sum(runs, (run) => countIn(run, key, range))];
  }
  return merged;
}

/** Of a file that no run has loaded nothing is known but its lines: it counts as one function with one branch. */
function neverLoaded(path, lines) {
  if (lines.size === 0) return { fnMap: {}, f: {}, branchMap: {}, b: {} };
  const range = { start: { line: Math.min(...lines), column: 0 }, end: { line: Math.max(...lines), column: Infinity } };
  return {
    fnMap: { 0: { name: '(never loaded)', decl: range, loc: range, line: range.start.line } },
    f: { 0: 0 },
    branchMap: { 0: { type: 'branch', loc: range, locations: [range], line: range.start.line } },
    b: { 0: [0] },
  };
}

const functionsOf = ({ fnMap, f }) =>
  Object.entries(fnMap).map(([id, { name, loc }]) => ({ key: keyOf(loc, name), name, range: loc, count: f[id] }));

const branchesOf = ({ branchMap, b }) =>
  Object.entries(branchMap).map(([id, { loc }]) => ({ key: keyOf(loc), range: loc, count: b[id][0] }));

/** The count of a range in one run. What lies in no function is the module itself, which ran, since it was loaded. */
function countIn({ branches, functions }, key, range) {
  const known = [...branches, ...functions];
  const same = known.filter((candidate) => candidate.key === key);
  if (same.length > 0) return sum(same, ({ count }) => count);
  const around = known.filter((candidate) => contains(candidate.range, range));
  if (around.length === 0) return 1;
  return around.reduce((inner, candidate) => (contains(inner.range, candidate.range) ? candidate : inner)).count;
}

const keyOf = ({ start, end }, name = '') => `${name}@${start.line}:${start.column}-${end.line}:${end.column}`;

const distinct = (items) => [...new Map(items.map((item) => [item.key, item])).values()];

const contains = (outer, inner) => !isBefore(inner.start, outer.start) && !isBefore(outer.end, inner.end);

const isBefore = (a, b) => a.line < b.line || (a.line === b.line && a.column < b.column);

const sum = (items, countOf) => items.reduce((total, item) => total + countOf(item), 0);
