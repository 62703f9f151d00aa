// The three browsers that the tests run in, in the form that the test runner starts them.
import { chromeLauncher } from '@web/test-runner-chrome';
import puppeteer from 'puppeteer-core';
import { CHROMIUM_FLAGS, findChromium, findFirefox, findWebKit } from './find.mjs';
import { webkitLauncher } from './webkit-launcher.mjs';

/** The test servers speak TLS with a certificate that nobody knows; WebKitGTK is told so in webdriver.mjs. */
const acceptInsecureCerts = true;

/** The runner's own limits (web-test-runner.config.mjs) hold; puppeteer would give up after half a minute, also on a busy machine. */
const never = 0;
const createPage = async ({ context }) => {
  const page = await context.newPage();
  page.setDefaultNavigationTimeout(never);
  return page;
};

const LAUNCHERS = {
  chromium() {
    const executablePath = findChromium();
    return executablePath && chromeLauncher({ puppeteer, createPage, launchOptions: { executablePath, acceptInsecureCerts, timeout: never, args: [...CHROMIUM_FLAGS] } });
  },
  // The runner's Chrome launcher speaks WebDriver BiDi to Firefox when it is told so.
  firefox() {
    const executablePath = findFirefox();
    return executablePath && chromeLauncher({ puppeteer, createPage, launchOptions: { browser: 'firefox', executablePath, acceptInsecureCerts, timeout: never } });
  },
  webkit() {
    const programs = findWebKit();
    return programs && webkitLauncher(programs);
  },
};

export const BROWSERS = Object.freeze(Object.keys(LAUNCHERS));

/** The names that `BROWSERS=chromium,firefox` asks for; without it, all three. */
export function wantedBrowsers() {
  const names = (process.env.BROWSERS ?? BROWSERS.join()).split(',').map((name) => name.trim()).filter(Boolean);
  const unknown = names.filter((name) => !BROWSERS.includes(name));
  if (unknown.length > 0) throw new Error(`BROWSERS: ${unknown.join(', ')} is none of ${BROWSERS.join(', ')}`);
  return names;
}

/** Launchers by name, of the wanted browsers that this machine has. */
export function findLaunchers() {
  const found = wantedBrowsers().map((name) => [name, LAUNCHERS[name]()]);
  return Object.fromEntries(found.filter(([, launcher]) => launcher));
}
