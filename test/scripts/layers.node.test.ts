import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkLayers } from '../../scripts/layers.mjs';

describe('scripts/layers.mjs', () => {
  let root: string;

  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'layers-'))));
  afterEach(() => rmSync(root, { recursive: true }));

  /** The breaches in a tree of sources, as 'file:line rule'. */
  function breaches(sources: Record<string, string>): string[] {
    for (const [file, text] of Object.entries(sources)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    return checkLayers(root).map(({ file, line, rule }) => `${file}:${line} ${rule}`);
  }

  const protocol = { 'protocol/proof.ts': 'export const proof = 1;' };

  it('finds nothing wrong with imports that point down', () => {
    const sources = {
      ...protocol,
      'index.ts': "export { send } from './client/send.ts';\nexport type { Proof } from './protocol/proof.ts';",
      'client/send.ts': "import { proof } from '../protocol/proof.ts';\nexport const send = () => fetch(String(proof));",
      'client/types.ts': 'export type Fetch = typeof globalThis.fetch;\nexport interface Options { fetch?: Fetch; now(): Date }',
      'adapters/node.ts': "import { createHash } from 'node:crypto';\nimport type { Checks } from '../verifier/checks.ts';",
    };
    expect(breaches(sources)).to.deep.equal([]);
  });

  const planted: [title: string, file: string, text: string, breach: RegExp][] = [
    ['an import upwards', 'protocol/a.ts', "\nimport { a } from '../client/a.ts';", /^protocol\/a\.ts:2 protocol\/ may not import client\//],
    ['a type imported upwards', 'protocol/a.ts', "import type { A } from '../client/a.ts';", /may not import client\//],
    ['an inline type import', 'protocol/a.ts', "export type A = import('../client/a.ts').A;", /may not import client\//],
    ['a dynamic import', 'protocol/a.ts', "export const a = () => import('../client/a.ts');", /may not import client\//],
    ['a re-export', 'resource/a.ts', "export * from '../authorization/a.ts';", /resource\/ may not import authorization\//],
    ['jose in the client', 'client/a.ts', "import { jwtVerify } from 'jose/jwt/verify';", /may not import 'jose\/jwt\/verify'/],
    ['a package whose name only starts like an allowed one', 'client/a.ts', "import 'idb-keyval-extra';", /may not import 'idb-keyval-extra'/],
    ['node: outside adapters', 'resource/a.ts', "import 'node:crypto';", /may not import 'node:crypto'/],
    ['a value of the verifier in an adapter', 'adapters/a.ts', "import { a } from '../verifier/a.ts';", /may not import verifier\//],
    ['a door imported', 'mock/a.ts', "import { a } from '../index.ts';", /nobody imports a door/],
    ['an import from outside src', 'mock/a.ts', "import { a } from '../../test/a.ts';", /outside src/],
    ['an unknown room', 'attic/a.ts', '', /attic\/ is not a room/],
    ['code in a door', 'index.ts', "export * from './client/a.ts';\nexport const a = 1;", /^index\.ts:2 a door contains re-exports only/],
    ['a clock in protocol', 'protocol/a.ts', 'export const now = () => Date.now();', /no 'Date\.now'/],
    ['a date in protocol', 'protocol/a.ts', 'export const now = () => new Date();', /no 'new Date'/],
    ['a global by way of globalThis', 'protocol/a.ts', 'export const now = () => globalThis.Date.now();', /no 'Date\.now'/],
    ['randomness in protocol', 'protocol/a.ts', 'export const id = () => crypto.randomUUID();', /no 'crypto'/],
    ['guessable randomness', 'mock/a.ts', 'export const id = () => Math.random();', /no 'Math\.random'/],
    ['the network in the client', 'client/a.ts', "export const a = () => fetch('/');", /no 'fetch\(\)'/],
    ['the global fetch passed on', 'client/a.ts', 'export const a = { fetch };', /no 'fetch'/],
    ['a fetch handed in', 'client/a.ts', "export const a = (o: { fetch: typeof fetch }) => o.fetch('/');", /no 'fetch\(\)'/],
    ['a cycle', 'client/a.ts', "import type { A } from './a.ts';", /import cycle: client\/a\.ts -> client\/a\.ts/],
  ];

  for (const [title, file, text, breach] of planted) {
    it(`finds ${title}`, () => expect(breaches({ ...protocol, [file]: text })[0]).to.match(breach));
  }

  it('finds a cycle over several files', () => {
    const sources = {
      'client/a.ts': "import './b.ts';",
      'client/b.ts': "import './c.ts';",
      'client/c.ts': "\n\nimport './a.ts';",
    };
    expect(breaches(sources)).to.deep.equal(['client/c.ts:3 import cycle: client/a.ts -> client/b.ts -> client/c.ts -> client/a.ts']);
  });
});
