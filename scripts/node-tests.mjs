// Runs tests in Node, by mocha. `node --import ./scripts/typescript.mjs scripts/node-tests.mjs [options] [files]`:
//   --place=<place>  end-to-end, examples or more-examples, which need a build, instead of all others
//   --result=<path>  where to leave the counts
//
// mocha's own command require()s a test before it imports it, which passes by the TypeScript hook and hides what is wrong
// with a file. Here files are imported, and one that cannot be loaded is a failed test among the others.
import { readdirSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import Mocha from 'mocha';
import NodeReporter from './reporters/node.mjs';
import { ROOT } from './run.mjs';

/** What takes so long hangs, on a busy machine too. */
const TIMEOUT_SECONDS = { here: 60, built: 180 };

/** The examples that run in each `npm test`; the others are for `npm run test:interop`. */
const BOUNDED = /^(vite|script-tag)\./;

/** Where a test file belongs; `here` needs no build. */
function placeOf(file) {
  if (file.startsWith(join('test', 'end-to-end'))) return 'end-to-end';
  if (!file.startsWith(join('test', 'examples'))) return 'here';
  return BOUNDED.test(basename(file)) ? 'examples' : 'more-examples';
}

function findFiles(place) {
  const files = readdirSync(join(ROOT, 'test'), { recursive: true }).map((file) => join('test', file));
  const tests = files.filter((file) => file.endsWith('.test.ts') && !file.endsWith('.browser.test.ts'));
  return tests.filter((file) => placeOf(file) === place).sort();
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
  suite.addTest(Object.assign(new Mocha.Test('can be loaded', fail), { file }));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { place: { type: 'string', default: 'here' }, result: { type: 'string' } },
});
const { place } = values;
const files = positionals.length > 0 ? positionals : findFiles(place);

const mocha = new Mocha({
  ui: 'bdd',
  forbidOnly: true,
  timeout: (place === 'here' ? TIMEOUT_SECONDS.here : TIMEOUT_SECONDS.built) * 1000,
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
