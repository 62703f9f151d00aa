// Runs tests in Node, by mocha. `node --import ./scripts/typescript.mjs scripts/node-tests.mjs [options] [files]`:
//   --end-to-end     the tests in test/end-to-end, which need a build, instead of all others
//   --result=<path>  where to leave the counts
//
// mocha's own command require()s a test before it imports it, which passes by the TypeScript hook and hides what is wrong
// with a file. Here files are imported, and one that cannot be loaded is a failed test among the others.
import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import Mocha from 'mocha';
import NodeReporter from './reporters/node.mjs';
import { ROOT } from './run.mjs';

const TIMEOUT_SECONDS = { here: 15, endToEnd: 60 };

const END_TO_END = join('test', 'end-to-end');

function findFiles(endToEnd) {
  const files = readdirSync(join(ROOT, 'test'), { recursive: true }).map((file) => join('test', file));
  const tests = files.filter((file) => file.endsWith('.test.ts') && !file.endsWith('.browser.test.ts'));
  return tests.filter((file) => file.startsWith(END_TO_END) === endToEnd).sort();
}

async function load(mocha, file) {
  mocha.suite.emit('pre-require', globalThis, file, mocha);
  try {
    const exported = await import(pathToFileURL(file).href);
    mocha.suite.emit('require', exported, file, mocha);
  } catch (error) {
    addFailure(mocha, file, error);
  }
  mocha.suite.emit('post-require', globalThis, file, mocha);
}

function addFailure(mocha, file, error) {
  const suite = Mocha.Suite.create(mocha.suite, relative(ROOT, file));
  const fail = () => {
    throw error;
  };
  suite.file = file;
  suite.addTest(new Mocha.Test('can be loaded', fail));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'end-to-end': { type: 'boolean', default: false }, result: { type: 'string' } },
});
const endToEnd = values['end-to-end'];
const files = positionals.length > 0 ? positionals : findFiles(endToEnd);

const mocha = new Mocha({
  ui: 'bdd',
  forbidOnly: true,
  timeout: (endToEnd ? TIMEOUT_SECONDS.endToEnd : TIMEOUT_SECONDS.here) * 1000,
  reporter: NodeReporter,
  reporterOption: { resultFile: values.result },
});
// A promise that fails unseen fails the test that is running; mocha hands it on to nobody otherwise.
process.on('unhandledRejection', (reason) => {
  throw reason;
});

for (const file of files) await load(mocha, resolve(file));

// Ends although a socket may be kept alive: what a test leaves open must not decide how long this takes.
mocha.run((failures) => process.exit(failures > 0 ? 1 : 0));
