/** docs/performance.md and its pictures are what the committed results of the bench make of them. */

import { assert } from 'chai';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { currentPage } from '../../bench/page.mjs';

const page: Record<string, string> = currentPage();

describe('documents: performance', () => {
  for (const [path, text] of Object.entries(page)) {
    it(`${path} is what the results say`, () => {
      assert.equal(existsSync(path) ? readFileSync(path, 'utf8') : '', text, 'npm run bench:page writes it again');
    });
  }

  it('has no picture that nobody draws, and a number in each place', () => {
    const pictures = Object.keys(page).flatMap((path) => /^docs\/performance\/(.+)$/.exec(path)?.[1] ?? []);
    assert.sameMembers(readdirSync('docs/performance'), pictures);
    for (const text of Object.values(page)) assert.notMatch(text, /NaN|undefined/);
  });
});
