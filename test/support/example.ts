/** A project of examples/ as its reader gets it: copied, with the packed package installed, built, and loaded in Chromium. */

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium, type Browser, type Page } from 'playwright-core';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/browsers/find.mjs';
import { serveFolder } from './static-server.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

/** What a reader's clone has not, or makes anew. */
const MADE = new Set(['node_modules', 'dist', 'dist-ssr', '.parcel-cache', 'storybook-static', 'test-results']);

const TSC = join(REPOSITORY, 'node_modules/typescript/bin/tsc');

/** What the tools that make new projects suggest. */
const COMPILER_OPTIONS = [
  '--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--allowImportingTsExtensions', '--allowArbitraryExtensions',
  '--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler', '--jsx', 'react-jsx', '--types', 'vite/client',
];

const TOOL_TIMEOUT_MS = 180_000;

const execute = promisify(execFile);

async function run(folder: string, program: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  try {
    return await execute(program, [...args], { cwd: folder, timeout: TOOL_TIMEOUT_MS, env: { ...process.env, NO_COLOR: '1' } });
  } catch (cause) {
    const { stdout, stderr } = cause as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause });
  }
}

export interface Example {
  /** The copy: what the scripts make is there. */
  readonly folder: string;
  /** What the pages of `page()` threw or wrote with console.error, and MSW's warnings. The browser's lines about a 400 or 401 don't count. */
  readonly errors: readonly string[];
  /** Runs npm in the copy and fails with its output where it fails: `npm('run', 'build')`. */
  npm(...args: string[]): Promise<{ stdout: string; stderr: string }>;
  /** Compiles its TypeScript files, all but those in a framework's own language, and fails with what is wrong in them. */
  compile(): Promise<unknown>;
  /** Serves a folder of the copy, `dist` as a rule, as any static server would. */
  serve(path?: string, headers?: Record<string, string>): Promise<string>;
  /** Starts a script that goes on running (PORT is 0), and gives the first `http://localhost:…` that it prints. */
  start(script: string, ...args: string[]): Promise<string>;
  /** A page in Chromium, with storage of its own, at this address. */
  page(url: string): Promise<Page>;
  /** Ends what was started, and deletes the copy. */
  close(): Promise<void>;
}

/**
 * Copies examples/`name` and installs its packages, ours from the tarball of this build. The versions are exact in its
 * package.json; there is no lock file, since one would hold the hash of a tarball that each build makes anew.
 *
 * @throws where a package cannot be installed
 */
export async function openExample(name: string): Promise<Example> {
  const folder = await mkdtemp(join(tmpdir(), `keybound-${name}-`));
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async () => {
    for (let closer = closers.pop(); closer; closer = closers.pop()) await closer();
  };
  const errors: string[] = [];
  const npm = (...args: string[]) => run(folder, 'npm', args);
  let browser: Promise<Browser> | undefined;
  const launch = () => {
    const launched = chromium.launch({ executablePath: findChromium()!, args: [...CHROMIUM_FLAGS], chromiumSandbox: false });
    closers.push(async () => (await launched).close());
    return launched;
  };

  try {
    await cp(join(REPOSITORY, 'examples', name), folder, { recursive: true, filter: (path) => !MADE.has(basename(path)) });
    await npm('pkg', 'set', `dependencies.keybound=file:${await packed()}`);
    await npm('install', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock');
  } catch (error) {
    await close();
    throw error;
  }
  return {
    folder,
    errors,
    npm,
    close,
    async compile() {
      const sources = (await readdir(join(folder, 'src'))).filter((file) => /\.tsx?$/.test(file));
      return run(folder, process.execPath, [TSC, ...COMPILER_OPTIONS, ...sources.map((file) => join('src', file))]);
    },
    async serve(path = 'dist', headers = {}) {
      const server = await serveFolder(join(folder, path), headers);
      closers.push(() => server.close());
      return server.url;
    },
    async start(script, ...args) {
      const child = spawn('npm', ['run', script, '--', ...args], { cwd: folder, detached: true, env: { ...process.env, NO_COLOR: '1', PORT: '0' } });
      closers.push(() => stop(child));
      return printedUrl(child);
    },
    async page(url) {
      const context = await (await (browser ??= launch())).newContext();
      const page = await context.newPage();
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('console', (message) => {
        const counts = message.type() === 'error' || message.text().startsWith('[MSW] Warning');
        if (counts && !/the server responded with a status of 40[01]/.test(message.text())) errors.push(message.text());
      });
      await page.goto(url);
      return page;
    },
  };
}

/** The package, packed once in a run. */
function packed(): Promise<string> {
  return (tarball ??= pack());
}
let tarball: Promise<string> | undefined;

async function pack(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keybound-packed-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const { stdout } = await run(REPOSITORY, 'npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]);
  // npm 10 lists what it packed, npm 11 may name it by package.
  const [{ filename }] = Object.values(JSON.parse(stdout) as Record<string, { filename: string }>) as [{ filename: string }];
  return join(folder, filename);
}

function printedUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (data) => {
        printed += data;
        const [found] = /http:\/\/localhost:\d+\/?/.exec(printed) ?? [];
        if (found) resolve(found);
      });
    }
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`It ended without an address: ${printed}`)));
  });
}

/** npm, its shell and what that started: they are a process group. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  process.kill(-child.pid, 'SIGTERM');
  await ended;
}
