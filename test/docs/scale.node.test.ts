/** docs/scale.md and its pictures are what the committed numbers make of them. */

import { assert } from 'chai';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { currentPage } from '../../bench/scale.mjs';
import { barChart, lineChart } from '../../bench/lib/chart.mjs';

const page: Record<string, string> = currentPage();

describe('documents: scale', () => {
  for (const [path, text] of Object.entries(page)) {
    it(`${path} is what the numbers say`, () => {
      assert.equal(existsSync(path) ? readFileSync(path, 'utf8') : '', text, 'npm run bench:scale -- --page writes it again');
    });
  }

  it('has no picture that nobody draws, and shows each', () => {
    const pictures = Object.keys(page).flatMap((path) => /^docs\/scale\/(.+)$/.exec(path)?.[1] ?? []);
    assert.sameMembers(readdirSync('docs/scale'), pictures);
    assert.sameMembers([...page['docs/scale.md']!.matchAll(/\]\(scale\/(.+?)\)/g)].map(([, name]) => name), pictures);
  });

  it('has a number in each place', () => {
    for (const text of Object.values(page)) assert.notMatch(text, /NaN|undefined|Infinity|null/);
  });
});

describe('charts', () => {
  it('draw the same numbers as the same bytes, and write what is markup as text', () => {
    const draw = () => lineChart({ title: 'a < b & "c"', description: 'd', x: { label: 'x' }, y: { label: 'y' }, series: [{ name: '<s>', points: [[0, 1], [10, 4]] }] });
    assert.equal(draw(), draw());
    assert.include(draw(), 'a &lt; b &amp; &quot;c&quot;');
    assert.notInclude(draw(), '<s>');
  });

  it('place points by the axis: from left to right, and larger ones higher', () => {
    const draw = (log: boolean) => lineChart({ title: 't', description: 'd', x: { label: 'x', log }, y: { label: 'y' }, series: [{ name: 's', points: [[1, 0], [10, 5], [100, 10]] }] });
    const dots = (svg: string) => [...svg.matchAll(/cx="(\d+\.?\d*)" cy="(\d+\.?\d*)"/g)].map(([, x, y]) => [Number(x), Number(y)] as const);
    const [left, middle, right] = dots(draw(true));
    assert.closeTo(middle![0], (left![0] + right![0]) / 2, 0.1);
    assert.closeTo(middle![1], (left![1] + right![1]) / 2, 0.1);
    assert.isAbove(left![1], right![1]);
    assert.isBelow(dots(draw(false))[1]![0], middle![0]);
  });

  it('make bars as long as their values, with the spread and the limit where they are', () => {
    const bars = [{ name: 'a', value: 10, low: 8, high: 12 }, { name: 'b', value: 20 }];
    const svg = barChart({ title: 't', description: 'd', label: 'x', groups: [{ name: 'g', bars }], limit: { value: 20, label: 'limit' } });
    const widths = [...svg.matchAll(/<rect class="bar \w" .*?width="(\d+\.?\d*)"/g)].map(([, width]) => Number(width));
    assert.closeTo(widths[1]! / widths[0]!, 2, 0.01);
    const [left] = [...svg.matchAll(/<rect class="bar \w" x="(\d+\.?\d*)"/g)].map(([, x]) => Number(x));
    const at = /class="mark" d="M(\d+\.?\d*)/.exec(svg)![1];
    assert.closeTo(Number(at) - left!, widths[1]!, 0.2);
  });
});
