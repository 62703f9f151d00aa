/** docs/headers.md says what the recipe is, and what the tests of key isolation hold it to. */

import { assert } from 'chai';
import { readDocument } from '../../scripts/docs-samples.mjs';
import { makeHeadersPage } from '../../scripts/headers-page.mjs';
import { isolationHeaders, POLICY } from '../../scripts/isolation-headers.mjs';

describe('documents: headers', () => {
  const page = readDocument('docs/headers.md');

  it('docs/headers.md has the samples of the recipe and the outcomes of the attacks as they are', () => {
    assert.isTrue(page === makeHeadersPage(), 'stale: node --import ./scripts/typescript.mjs scripts/headers-page.mjs --write');
    for (const part of ['nginx', 'express', 'attacks', 'variants']) assert.include(page, `<!-- made: ${part} -->`);
  });

  it('docs/headers.md says of every line what it stops and what it costs', () => {
    const lines = [...page.matchAll(/^\| (`.+?`(?:, `.+?`)*) \|/gm)].flatMap(([, names]) => [...names!.matchAll(/`([\w-]+)/g)].map(([, name]) => name!));
    const others = Object.keys(isolationHeaders()).filter((name) => name !== 'Content-Security-Policy');
    assert.includeMembers(lines, [...Object.keys(POLICY), ...others]);
  });
});
