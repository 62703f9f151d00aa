// Checks that src/ keeps its layers: who may import whom, and what stays out of which room.
// `node scripts/layers.mjs [folder]` prints each breach as file:line and exits 1 if there is one.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from '@typescript/typescript6';

/** The rooms: which rooms each may import besides itself, and which packages. */
const ROOMS = {
  protocol: { rooms: [], packages: [] },
  // Of node: types alone: what runs in browsers too asks for the module when it is there.
  crypto: { rooms: ['protocol'], packages: ['node:'] },
  stores: { rooms: ['protocol'], packages: [] },
  client: { rooms: ['protocol'], packages: ['idb-keyval'] },
  verifier: { rooms: ['protocol', 'crypto', 'stores'], packages: [] },
  resource: { rooms: ['verifier', 'protocol', 'crypto', 'stores'], packages: ['jose'] },
  authorization: { rooms: ['verifier', 'protocol', 'crypto', 'stores'], packages: ['jose'] },
  adapters: { rooms: ['resource', 'authorization', 'protocol'], typesOf: ['verifier'], packages: ['node:'] },
  mock: {
    rooms: ['resource', 'authorization', 'verifier', 'stores', 'protocol', 'crypto'],
    packages: ['msw', 'idb-keyval', 'jose'],
  },
  redis: { rooms: ['stores', 'protocol', 'crypto'], packages: [] },
};

/** What may not be named: `in` are path prefixes in src, `except` single files. */
const FORBIDDEN = [
  { names: ['Math.random'], in: [''], because: 'it can be guessed; use crypto' },
  {
    names: ['fetch', 'fetch()', 'indexedDB', 'crypto', 'Date.now', 'new Date', 'performance', 'setTimeout', 'document', 'localStorage'],
    in: ['protocol/'],
    because: 'protocol/ is pure: time, random bytes, digests and the network come in as arguments',
  },
  {
    names: ['fetch', 'fetch()', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'navigator.sendBeacon'],
    in: ['client/'],
    except: ['client/send.ts'],
    because: 'client/send.ts alone calls the network, so that there is one place that attaches a proof',
  },
];

/**
 * @param {string} root the folder that holds the doors and the rooms
 * @returns {{ file: string, line: number, rule: string }[]} every breach
 */
export function checkLayers(root) {
  const sources = readSources(root);
  return [
    ...sources.flatMap((source) => (source.room ? checkRoom(source) : checkDoor(source))),
    ...sources.flatMap(checkNames),
    ...checkCycles(sources),
  ];
}

/** @returns {Source[]} the parsed sources, each with what it imports and names */
function readSources(root) {
  const files = readdirSync(root, { recursive: true }).filter((file) => file.endsWith('.ts'));
  return files.map((file) => {
    const path = join(root, file);
    const tree = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
    const lineOf = (node) => tree.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    const imports = importsOf(tree).map(({ node, ...rest }) => ({ ...rest, ...target(rest.specifier, file), line: lineOf(node) }));
    const names = namesOf(tree).map(({ node, name }) => ({ name, line: lineOf(node) }));
    const statements = tree.statements.map((node) => ({ reExports: isReExport(node), line: lineOf(node) }));
    return { file, room: roomOf(file), imports, names, statements };
  });
}

/** The room is the first folder of the path; a file that lies in none is a door. */
const roomOf = (file) => (file.includes('/') ? file.split('/')[0] : undefined);

function target(specifier, from) {
  if (!specifier.startsWith('.')) return { package: specifier };
  const file = join(dirname(from), specifier);
  return { file, room: roomOf(file) };
}

function checkDoor({ file, statements }) {
  const code = statements.filter((statement) => !statement.reExports);
  return code.map(({ line }) => ({ file, line, rule: 'a door contains re-exports only' }));
}

function checkRoom({ file, room, imports }) {
  const allowed = ROOMS[room];
  if (!allowed) return [{ file, line: 1, rule: `${room}/ is not a room that scripts/layers.mjs knows` }];
  return imports.flatMap((imported) => {
    const rule = imported.package ? checkPackage(room, imported) : checkImport(room, imported);
    return rule ? [{ file, line: imported.line, rule }] : [];
  });
}

function checkPackage(room, { package: specifier }) {
  const allowed = ROOMS[room].packages;
  // '#…' are this package's own conditional imports.
  const fits = (name) => specifier === name || specifier.startsWith(name.endsWith(':') ? name : `${name}/`);
  if (specifier.startsWith('#') || allowed.some(fits)) return undefined;
  return `${room}/ may not import '${specifier}' (it may: ${allowed.join(', ') || 'no package'})`;
}

function checkImport(room, imported) {
  if (imported.file.startsWith('..')) return `'${imported.specifier}' is outside src`;
  if (!imported.room) return `nobody imports a door ('${imported.specifier}')`;
  const { rooms, typesOf = [] } = ROOMS[room];
  if ([room, ...rooms].includes(imported.room)) return undefined;
  if (imported.typeOnly && typesOf.includes(imported.room)) return undefined;
  return `${room}/ may not import ${imported.room}/ (it may: ${rooms.join(', ') || 'no other room'})`;
}

function checkNames({ file, names }) {
  return FORBIDDEN.filter((rule) => rule.in.some((prefix) => file.startsWith(prefix)) && !rule.except?.includes(file)).flatMap(
    (rule) =>
      names
        .filter(({ name }) => rule.names.includes(name))
        .map(({ name, line }) => ({ file, line, rule: `no '${name}': ${rule.because}` })),
  );
}

/** Finds a cycle by walking the imports, of types too: one that returns to a file still open closes it. */
function checkCycles(sources) {
  const byFile = new Map(sources.map((source) => [source.file, source]));
  const done = new Set();
  const breaches = [];
  const walk = (file, path) => {
    const start = path.findIndex((step) => step.file === file);
    if (start >= 0) {
      const cycle = path.slice(start);
      const rule = `import cycle: ${[...cycle.map((step) => step.file), file].join(' -> ')}`;
      breaches.push({ file: cycle.at(-1).file, line: cycle.at(-1).line, rule });
    } else if (!done.has(file)) {
      const imports = byFile.get(file)?.imports.filter((imported) => imported.file) ?? [];
      for (const imported of imports) walk(imported.file, [...path, { file, line: imported.line }]);
      done.add(file);
    }
  };
  for (const { file } of sources) walk(file, []);
  return breaches;
}

/** import, export … from, import('…') and the type import('…').T */
function importsOf(tree) {
  return nodesIn(tree).flatMap((node) => {
    const [specifier, typeOnly] = importOf(node);
    return specifier && ts.isStringLiteral(specifier) ? [{ node, specifier: specifier.text, typeOnly }] : [];
  });
}

function importOf(node) {
  if (ts.isImportDeclaration(node)) return [node.moduleSpecifier, node.importClause?.isTypeOnly === true];
  if (ts.isExportDeclaration(node)) return [node.moduleSpecifier, node.isTypeOnly];
  if (ts.isImportTypeNode(node)) return [node.argument.literal, true];
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return [node.arguments[0], false];
  return [];
}

const isReExport = (node) => ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined;

/**
 * The globals that a file uses, as 'name', 'name.member', 'new Name', and 'name()' for whatever is called by that name,
 * be it a global or not. Types are left out: `typeof globalThis.fetch` calls nothing.
 */
function namesOf(tree) {
  const nodes = nodesIn(tree, ts.isTypeNode);
  const declared = new Set(nodes.filter(isBinding).map((node) => node.name.text));
  return nodes.flatMap((node) => {
    const global = globalNamed(node, declared);
    const called = ts.isCallExpression(node) ? lastName(node.expression) : undefined;
    return [
      ...(global ? forms(node, global).map((name) => ({ node, name })) : []),
      ...(called ? [{ node, name: `${called}()` }] : []),
    ];
  });
}

function globalNamed(node, declared) {
  if (!ts.isIdentifier(node)) return undefined;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return ['globalThis', 'window', 'self'].includes(parent.expression.text) ? node.text : undefined;
  }
  const isName = (parent.name === node || parent.propertyName === node) && !ts.isShorthandPropertyAssignment(parent);
  return isName || declared.has(node.text) ? undefined : node.text;
}

/** A use of Date in `Date.now()` is 'Date' and 'Date.now'; in `new Date()` it is 'Date' and 'new Date'. */
function forms(node, global) {
  const whole = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node ? node.parent : node;
  const { parent } = whole;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === whole) return [global, `${global}.${parent.name.text}`];
  if (ts.isNewExpression(parent) && parent.expression === whole) return [global, `new ${global}`];
  return [global];
}

const isBinding = (node) =>
  (ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node) || ts.isFunctionDeclaration(node)) &&
  node.name !== undefined &&
  ts.isIdentifier(node.name);

const lastName = (node) => (ts.isIdentifier(node) ? node.text : ts.isPropertyAccessExpression(node) ? node.name.text : undefined);

/** A node and all below it, without the branches that start with a node to skip. */
function nodesIn(node, skip = () => false) {
  const children = [];
  ts.forEachChild(node, (child) => void (skip(child) || children.push(child)));
  return [node, ...children.flatMap((child) => nodesIn(child, skip))];
}

function main(root = fileURLToPath(new URL('../src', import.meta.url))) {
  const breaches = checkLayers(resolve(root));
  for (const { file, line, rule } of breaches) console.error(`${relative(process.cwd(), join(root, file))}:${line}  ${rule}`);
  console.log(breaches.length === 0 ? 'Every import keeps to its layer.' : `${breaches.length} breaches`);
  process.exitCode = breaches.length === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv[2]);
