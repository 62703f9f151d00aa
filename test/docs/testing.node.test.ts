/** docs/guides/testing.md shows the code of the examples, which runs, and every mistake in its own words. */

import { assert } from 'chai';
import { readDocument } from '../../scripts/docs-samples.mjs';
import { makeTestingPage } from '../../scripts/testing-page.mjs';
import { mistakes } from '../../src/mock/mistakes.ts';

describe('documents: testing', () => {
  const page = readDocument('docs/guides/testing.md');

  it('docs/guides/testing.md has the code of the examples and the words of the mistakes as they are', () => {
    assert.isTrue(page === makeTestingPage(), 'stale: node --import ./scripts/typescript.mjs scripts/testing-page.mjs --write');
    for (const part of ['mistakes', 'examples/testing-node/test/shop.test.ts', 'examples/testing-vitest-browser/test/shop.test.ts']) {
      assert.include(page, `<!-- made: ${part} -->`);
    }
    for (const [code, { what, mend }] of Object.entries(mistakes)) assert.include(page, `| \`${code}\` | ${what} | ${mend} |`);
  });

  it('docs/guides/testing.md has no code beside what the examples run', () => {
    const written = page.replaceAll(/<!-- made: .*?<!-- end -->/gs, '');
    assert.notMatch(written, /^```ts/m);
  });
});
