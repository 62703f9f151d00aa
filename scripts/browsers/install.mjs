// Installs the browsers and the servers that the tests need and this machine lacks. Debian and Ubuntu as root only:
// anywhere else it says in a line what to install.
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { run } from '../run.mjs';
import { findChromium, findFirefox, findNginx, findPyJwt, findRedisServer, findWebKit } from './find.mjs';

const NEEDS = [
  { name: 'Chromium', find: findChromium, packages: ['chromium'] },
  { name: 'Firefox', find: findFirefox, packages: ['firefox-esr'] },
  { name: 'WebKitGTK', find: findWebKit, packages: ['webkit2gtk-driver', 'xvfb'] },
  { name: 'Redis', find: findRedisServer, packages: ['redis-server'] },
  { name: 'nginx', find: findNginx, packages: ['nginx-light'] },
  { name: 'PyJWT', find: findPyJwt, packages: ['python3-jwt', 'python3-cryptography'] },
];

/** Whether this machine is one where nothing may be missing. */
export const mustHaveAll = () => process.env.CI === 'true' || canInstall();

function canInstall() {
  return existsSync('/etc/debian_version') && process.getuid?.() === 0;
}

/** @returns {Promise<boolean>} false where something is missing that should be there */
export async function installMissing() {
  const missing = NEEDS.filter((need) => !need.find());
  if (missing.length > 0 && canInstall()) await aptInstall(missing.flatMap((need) => need.packages));
  for (const need of NEEDS) report(need);
  return !mustHaveAll() || NEEDS.every((need) => need.find());
}

/** Where a redis-server is, installed where it is missing and can be. @returns {Promise<string | undefined>} its path */
export async function findOrInstallRedis() {
  if (!findRedisServer() && !process.env.REDIS_SERVER_PATH && canInstall()) await aptInstall(['redis-server']);
  return findRedisServer();
}

async function aptInstall(packages) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // A stale or partly unreachable index may still hold what we need, so the installation decides.
  await run('apt-get', ['update'], env);
  await run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { ...env, RUNLEVEL: '1' });
}

function report({ name, find, packages }) {
  const found = find();
  if (found) console.log(`${name}: ${typeof found === 'string' ? found : found.browser}`);
  else console.log(`${name}: missing; install ${packages.join(' and ')} (Debian's names), or see scripts/browsers/find.mjs`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href && !(await installMissing())) process.exitCode = 1;
