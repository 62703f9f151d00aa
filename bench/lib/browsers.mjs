// The three browsers, each with a window that goes where it is told.
import { launch } from 'puppeteer-core';
import { CHROMIUM_FLAGS, findChromium, findFirefox, findWebKit } from '../../scripts/browsers/find.mjs';
import { startWebKit } from '../../scripts/browsers/webdriver.mjs';

/** How each is started; undefined where this machine lacks it. WebKitGTK under automation keeps no profile. */
const STARTERS = {
  Chromium(profile) {
    const executablePath = findChromium();
    return executablePath && overPuppeteer({ executablePath, args: [...CHROMIUM_FLAGS], userDataDir: profile });
  },
  Firefox(profile) {
    const executablePath = findFirefox();
    return executablePath && overPuppeteer({ browser: 'firefox', executablePath, userDataDir: profile });
  },
  WebKitGTK(profile) {
    const programs = findWebKit();
    if (profile && programs) throw new Error('WebKitGTK keeps no profile under automation');
    return programs && startWebKit(programs);
  },
};

export const ALL_BROWSERS = Object.keys(STARTERS);

/** The names that `BROWSERS=chromium,firefox` asks for; without it, all three. */
export function wantedBrowsers() {
  const wanted = (process.env.BROWSERS ?? '').toLowerCase().split(',').filter(Boolean);
  return ALL_BROWSERS.filter((name) => wanted.length === 0 || wanted.some((start) => name.toLowerCase().startsWith(start)));
}

/**
 * @param {string} name
 * @param {{ profile?: string }} [options] a folder that outlives the browser; default a new profile each time
 * @returns {Promise<{ version: string, open(url: string): Promise<unknown>, profile?(work: (begin: () => Promise<unknown>) => Promise<unknown>): Promise<object>, stop(): Promise<unknown> } | undefined>}
 */
export async function startBrowser(name, { profile } = {}) {
  return STARTERS[name](profile);
}

async function overPuppeteer(options) {
  const browser = await launch(options);
  const page = await browser.newPage();
  const version = (await browser.version()).replace('/', ' ');
  const open = (url) => page.goto(url, { waitUntil: 'domcontentloaded' });
  return { version, open, profile: (work) => profiled(page, work), stop: () => browser.close() };
}

/** The processor's time while something works (Chromium alone), from when it begins, as the DevTools protocol tells it. */
async function profiled(page, work) {
  const session = await page.createCDPSession();
  await session.send('Profiler.enable');
  await work(() => session.send('Profiler.start'));
  const { profile } = await session.send('Profiler.stop');
  await session.detach();
  return profile;
}
