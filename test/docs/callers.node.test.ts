/** The guide for libraries shows the examples that the tests run, letter by letter. */

import { assert } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSamples } from '../../scripts/docs-samples.mjs';
import { ROOT } from '../../scripts/run.mjs';

const folder = join(ROOT, 'examples/callers');

describe('documents: examples of libraries', () => {
  const samples = findSamples(['docs/guides/callers.md']);
  // The API's side of one of them: not for who calls.
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts') && name !== 'trpc-router.ts')) {
    it(`docs/guides/callers.md has examples/callers/${file}`, () => {
      const sample = samples.find(({ name }) => `${name}.ts` === file);
      assert.equal(sample?.code, readFileSync(join(folder, file), 'utf8'));
    });
  }
});
