// Packs the package as it would be published and checks the tarball: what is in it, that every door opens, and what
// publint and "are the types wrong" have to say. Needs a build.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { ROOT } from './run.mjs';

const WORK = join(ROOT, '.cache', 'package-check');

/** node_modules/keybound below .cache, as an installation would put it; its dependencies are found further up. */
const INSTALLED = join(WORK, 'node_modules', 'keybound');

const SHIPPED = /^(dist|src)\/|^docs\/(guides\/)?[\w-]+\.md$|^(package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md)$/;

function pack() {
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(INSTALLED, { recursive: true });
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', WORK], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename }] = JSON.parse(output);
  const tarball = join(WORK, filename);
  execFileSync('tar', ['-xzf', tarball, '-C', INSTALLED, '--strip-components', '1']);
  return tarball;
}

function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return files.map((file) => file.slice(folder.length + 1).replaceAll('\\', '/'));
}

const strays = (files) => files.filter((file) => !SHIPPED.test(file)).map((file) => `${file} has no place in the package`);

/** A debugger that follows a map to a source which isn't there shows nothing. */
function brokenMaps(files) {
  const maps = files.filter((file) => file.endsWith('.map'));
  return maps.flatMap((file) => {
    const { sources } = JSON.parse(readFileSync(join(INSTALLED, file), 'utf8'));
    const missing = sources.filter((source) => !files.includes(posix.join(dirname(file), source)));
    return missing.map((source) => `${file} points to ${source}, which is not in the package`);
  });
}

/** Who has installed the package reads README there: the documents that it links to are there too. */
function missingDocuments(files) {
  const readme = readFileSync(join(INSTALLED, 'README.md'), 'utf8');
  const documents = new Set([...readme.matchAll(/\]\((docs\/[^)#]+\.md)/g)].map(([, document]) => document));
  return [...documents].filter((document) => !files.includes(document)).map((document) => `README.md links to ${document}, which is not in the package`);
}

/** Every door has its two files, and plain Node can import it: no window, no side effect that fails. */
function shutDoors() {
  const { name, exports } = readPackage(INSTALLED);
  const doors = Object.keys(exports).filter((door) => door !== './package.json');
  return doors.flatMap((door) => {
    const missing = Object.values(exports[door]).filter((file) => !existsSync(join(INSTALLED, file)));
    if (missing.length > 0) return missing.map((file) => `${door} leads to ${file}, which is not in the package`);
    return importFails(posix.join(name, door));
  });
}

function importFails(specifier) {
  try {
    const script = `const door = await import('${specifier}'); if (Object.keys(door).length === 0) throw new Error('exports nothing')`;
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: WORK, stdio: 'pipe' });
    return [];
  } catch (error) {
    return [`import '${specifier}' fails: ${error.stderr}`];
  }
}

async function publintSays() {
  const { messages, pkg } = await publint({ pkgDir: INSTALLED, pack: false, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

/** The package is for import alone: that require() meets an ES module, and that TypeScript's oldest way to resolve
 * doesn't know exports, are as intended. */
async function typesSay(tarball) {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
  if (!result.types) return ['types: the package has none'];
  const intended = ({ kind, resolutionKind }) => kind === 'CJSResolvesToESM' || resolutionKind === 'node10';
  return result.problems.filter((problem) => !intended(problem)).map((problem) => `types: ${JSON.stringify(problem)}`);
}

/** What apps compile with, and the doors that open there. MSW's own types want the DOM; `keybound` is for pages. */
const appKinds = [
  { title: 'page', lib: 'es2022,dom,dom.iterable', types: '', isFor: (door) => door !== './msw' },
  { title: 'Node', lib: 'es2022', types: 'node', isFor: (door) => door !== './msw' && door !== '.' },
];

/** Apps that check libraries too (`skipLibCheck: false`) must compile: in a page's `lib` without types of Node, and the other way round. */
function appFails({ title, lib, types, isFor }) {
  const { name, exports } = readPackage(INSTALLED);
  const doors = Object.keys(exports).filter((door) => door !== './package.json' && isFor(door));
  writeFileSync(join(WORK, 'app.ts'), doors.map((door, index) => `export * as door${index} from '${posix.join(name, door)}';\n`).join(''));
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  return ['bundler', 'nodenext'].flatMap((resolution) => {
    const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
    const options = ['--ignoreConfig', '--strict', '--noEmit', '--target', 'es2022', '--lib', lib, '--types', types];
    const args = [tsc, ...options, '--module', module, '--moduleResolution', resolution, 'app.ts'];
    try {
      execFileSync(process.execPath, args, { cwd: WORK, stdio: 'pipe', encoding: 'utf8' });
      return [];
    } catch ({ stdout }) {
      return [`types, ${title}, ${resolution}: ${stdout}`];
    }
  });
}

const readPackage = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

const tarball = pack();
const files = filesIn(INSTALLED);
const wrongs = [
  ...strays(files),
  ...brokenMaps(files),
  ...missingDocuments(files),
  ...shutDoors(),
  ...(await publintSays()),
  ...(await typesSay(tarball)),
  ...appKinds.flatMap(appFails),
];
for (const wrong of wrongs) console.error(wrong);
console.log(`${files.length} files packed, ${wrongs.length} faults`);
process.exitCode = wrongs.length > 0 ? 1 : 0;
