// Where the browsers and the servers for the tests are on this machine: an environment variable says so, or PATH does.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * How Chromium is started everywhere here: without a screen, without the sandbox (containers run as root), without
 * QUIC (requests must meet the test servers over TCP), and without calling home.
 *
 * @type {readonly string[]}
 */
export const CHROMIUM_FLAGS = Object.freeze([
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Containers give /dev/shm too little room for a renderer.
  '--disable-dev-shm-usage',
]);

/** @returns {string | undefined} path of Chromium or Chrome; `CHROMIUM_PATH` overrides */
export function findChromium() {
  return findProgram('CHROMIUM_PATH', ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']);
}

/** @returns {string | undefined} path of Firefox; `FIREFOX_PATH` overrides */
export function findFirefox() {
  return findProgram('FIREFOX_PATH', ['firefox-esr', 'firefox']);
}

/**
 * WebKitGTK needs three programs: the browser, its WebDriver, and a screen to draw on (`DISPLAY`, or Xvfb).
 *
 * @returns {{ browser: string, driver: string, xvfb: string | undefined } | undefined}
 */
export function findWebKit() {
  const browser = findMiniBrowser();
  const driver = findProgram('WEBKIT_DRIVER_PATH', ['WebKitWebDriver']);
  const xvfb = findProgram('XVFB_PATH', ['Xvfb']);
  if (!browser || !driver || !(xvfb || process.env.DISPLAY)) return undefined;
  return { browser, driver, xvfb };
}

/** @returns {string | undefined} path of redis-server; `REDIS_SERVER_PATH` overrides */
export function findRedisServer() {
  return findProgram('REDIS_SERVER_PATH', ['redis-server', 'valkey-server']);
}

/** @returns {string | undefined} path of nginx, which may be where only root has it on PATH; `NGINX_PATH` overrides */
export function findNginx() {
  return findProgram('NGINX_PATH', ['nginx', '/usr/sbin/nginx']);
}

/** @returns {string | undefined} path of a Python that has PyJWT and cryptography; `PYTHON_PATH` overrides */
export function findPyJwt() {
  const pythons = [findProgram('PYTHON_PATH', ['python3']), !process.env.PYTHON_PATH && '/usr/bin/python3'];
  const hasPyJwt = (python) => spawnSync(python, ['-c', 'import jwt, cryptography']).status === 0;
  return pythons.find((python) => python && isExecutable(python) && hasPyJwt(python)) || undefined;
}

/** MiniBrowser is not on PATH: distributions keep it beside WebKit's libraries, below /usr/lib or /usr/libexec. */
function findMiniBrowser() {
  const onPath = findProgram('MINIBROWSER_PATH', ['MiniBrowser']);
  if (onPath || process.env.MINIBROWSER_PATH) return onPath;
  const roots = ['/usr/lib', '/usr/lib64', '/usr/libexec'];
  const folders = roots.flatMap((root) => [root, ...foldersIn(root)]);
  const webkits = folders.flatMap((folder) => foldersIn(folder).filter((name) => /\/webkit2?gtk-[\d.]+$/.test(name)));
  return webkits.map((folder) => join(folder, 'MiniBrowser')).sort().find(isExecutable);
}

/**
 * A path that the environment names but that is not there finds nothing, rather than some other program.
 *
 * @param {string} variable
 * @param {readonly string[]} names
 * @returns {string | undefined}
 */
function findProgram(variable, names) {
  const named = process.env[variable];
  if (named) return isExecutable(named) ? named : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return names.flatMap((name) => (isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name)))).find(isExecutable);
}

/** @param {string} folder @returns {string[]} */
function foldersIn(folder) {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
  } catch {
    return [];
  }
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
