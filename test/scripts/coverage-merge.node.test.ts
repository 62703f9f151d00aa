import { expect } from 'chai';
import coverageLibrary, { type FileCoverageData, type Range } from 'istanbul-lib-coverage';
import { mergeRecords } from '../../scripts/coverage-merge.mjs';

/** '3:4-5:1' */
function range(text: string): Range {
  const [start, end] = text.split('-').map((position) => {
    const [line = 0, column = 0] = position.split(':').map(Number);
    return { line, column };
  });
  return { start: start!, end: end! };
}

/** What one run says of a file: counts by line, by function and by branch. */
function record(lines: number[], functions: Record<string, number>, branches: Record<string, number>): FileCoverageData {
  const ranges = (counts: Record<string, number>) => Object.keys(counts).map((text) => ({ loc: range(text) }));
  return {
    path: '/src/a.ts',
    statementMap: Object.fromEntries(lines.map((_, index) => [index, range(`${index + 1}:0-${index + 1}:80`)])),
    s: Object.fromEntries(lines.entries()),
    fnMap: Object.fromEntries(ranges(functions).entries()),
    f: Object.fromEntries(Object.values(functions).entries()),
    branchMap: Object.fromEntries(ranges(branches).entries()),
    b: Object.fromEntries(Object.values(branches).map((count) => [count]).entries()),
  } as unknown as FileCoverageData;
}

/** 'covered/total' of lines, functions and branches. */
function summary(records: FileCoverageData[], lines = [1, 2, 3, 4, 5]): Record<string, string> {
  const merged = mergeRecords('/src/a.ts', records, new Set(lines)) as FileCoverageData;
  const { statements, functions, branches } = coverageLibrary.createFileCoverage(merged).toSummary().data;
  const parts = Object.entries({ statements, functions, branches });
  return Object.fromEntries(parts.map(([kind, { covered, total }]) => [kind, `${covered}/${total}`]));
}

const whole = '1:0-5:1';

describe('scripts/coverage-merge.mjs', () => {
  it('covers with one run what the other left out', () => {
    const then = record([1, 1, 1, 0, 1], { [whole]: 1 }, { [whole]: 1, '4:2-4:20': 0 });
    const otherwise = record([1, 1, 0, 1, 1], { [whole]: 1 }, { [whole]: 1, '3:2-3:20': 0 });
    expect(summary([then])).to.deep.equal({ statements: '4/5', functions: '1/1', branches: '1/2' });
    expect(summary([then, otherwise])).to.deep.equal({ statements: '5/5', functions: '1/1', branches: '3/3' });
  });

  it('leaves uncovered what both runs left out', () => {
    const one = record([1, 1, 1, 0, 1], { [whole]: 1 }, { [whole]: 1, '4:2-4:20': 0 });
    expect(summary([one, one])).to.deep.equal({ statements: '4/5', functions: '1/1', branches: '1/2' });
  });

  it('takes no branch for run in a run that never called its function', () => {
    const called = record([1, 1, 1, 0, 1], { [whole]: 1 }, { [whole]: 1, '4:2-4:20': 0 });
    const idle = record([0, 0, 0, 0, 0], { [whole]: 0 }, {});
    expect(summary([called, idle])).to.deep.equal({ statements: '4/5', functions: '1/1', branches: '1/2' });
  });

  it('takes no branch for run inside a wider one that was left out', () => {
    const inner = record([1, 1, 1, 0, 1], { [whole]: 1 }, { [whole]: 1, '4:2-4:20': 0 });
    const outer = record([1, 1, 0, 0, 1], { [whole]: 1 }, { [whole]: 1, '3:0-4:40': 0 });
    expect(summary([inner, outer])).to.deep.equal({ statements: '4/5', functions: '1/1', branches: '2/3' });
  });

  it('counts a file that no run loaded as wholly uncovered', () => {
    expect(summary([])).to.deep.equal({ statements: '0/5', functions: '0/1', branches: '0/1' });
  });

  it('counts lines of code alone, and nothing of a file that has none', () => {
    expect(summary([record([1, 1, 1, 1, 1], {}, {})], [2, 3]).statements).to.equal('2/2');
    expect(summary([], [])).to.deep.equal({ statements: '0/0', functions: '0/0', branches: '0/0' });
  });
});
