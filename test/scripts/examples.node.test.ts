/** What holds for every project of examples/, without installing it. */

import { readdirSync, readFileSync } from 'node:fs';
import { assert } from 'chai';

const examples = new URL('../../examples/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, examples), 'utf8');

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

describe('examples', () => {
  const names = readdirSync(examples, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

  for (const name of names) {
    it(`${name} installs exact versions, and keybound from the clone`, () => {
      const { dependencies, devDependencies } = JSON.parse(read(`${name}/package.json`)) as Manifest;
      const { keybound, ...others } = { ...dependencies, ...devDependencies };
      assert.equal(keybound, 'file:../..');
      for (const [dependency, version] of Object.entries(others)) assert.match(version, /^\d+\.\d+\.\d+$/, dependency);
    });
  }

  it('callers has the versions that its files are tested with', () => {
    const { devDependencies: tested } = JSON.parse(read('../package.json')) as Required<Manifest>;
    const { keybound, ...libraries } = (JSON.parse(read('callers/package.json')) as Manifest).dependencies;
    assert.isDefined(keybound);
    for (const [library, version] of Object.entries(libraries)) assert.equal(version, tested[library], library);
  });

  it('stand in their table, each of them', () => {
    const table = read('README.md');
    assert.deepEqual(names.filter((name) => !table.includes(`](${name})`)), []);
  });
});
