/** Runs samples of the documents: each as a module of its own, from this tree's sources. */

import { assert } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findSamples, moduleOf } from '../../scripts/docs-samples.mjs';
import { ROOT } from '../../scripts/run.mjs';

/** Runs the named samples of one document. */
export interface SampleRunner {
  /** Runs the sample, and gives what it declares under the names that are asked for. */
  run<T>(sample: string, ...names: string[]): Promise<T>;
  /** Removes the modules that were written. */
  remove(): void;
}

/** A runner for a document; its modules lie below the tree, where imports find the packages. */
export function createSampleRunner(document: string): SampleRunner {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.cache/samples-'));
  return {
    async run<T>(name: string, ...names: string[]) {
      const sample = findSamples([document]).find((other) => other.name === name);
      assert.isDefined(sample, name);
      const file = join(folder, `${name}-${crypto.randomUUID()}.ts`);
      writeFileSync(file, `${moduleOf(sample)}export { ${names.join(', ')} };\n`);
      return (await import(pathToFileURL(file).href)) as T;
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
