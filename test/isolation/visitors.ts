/** The user, in each of the three browsers: goes to a page and clicks its button. */

import { launch, type Browser } from 'puppeteer-core';
import { CHROMIUM_FLAGS, findChromium, findFirefox, findWebKit } from '../../scripts/browsers/find.mjs';
import { startWebKit } from '../../scripts/browsers/webdriver.mjs';
import type { BrowserName } from './attacks.ts';

export interface Visitor {
  visit(url: string): Promise<void>;
  /** Clicks into the upper left corner, where the button is, and whatever lies over it. */
  click(): Promise<void>;
  /** Closes all windows, those too that pages have opened. */
  leave(): Promise<void>;
  stop(): Promise<void>;
}

const corner = [20, 20] as const;

/** How each browser is started; undefined where this machine lacks it. */
export const visitors: Readonly<Record<BrowserName, () => Promise<Visitor> | undefined>> = {
  Chromium() {
    const executablePath = findChromium();
    return executablePath === undefined ? undefined : overPuppeteer(launch({ executablePath, args: [...CHROMIUM_FLAGS] }));
  },
  Firefox() {
    const executablePath = findFirefox();
    return executablePath === undefined ? undefined : overPuppeteer(launch({ browser: 'firefox', executablePath }));
  },
  WebKitGTK() {
    const programs = findWebKit();
    return programs && overWebDriver(startWebKit(programs));
  },
};

async function overPuppeteer(starting: Promise<Browser>): Promise<Visitor> {
  const browser = await starting;
  let context = await browser.createBrowserContext();
  let page = await context.newPage();
  return {
    visit: async (url) => void (await page.goto(url)),
    click: () => page.mouse.click(...corner),
    async leave() {
      await context.close();
      context = await browser.createBrowserContext();
      page = await context.newPage();
    },
    stop: () => browser.close(),
  };
}

async function overWebDriver(starting: ReturnType<typeof startWebKit>): Promise<Visitor> {
  const browser = await starting;
  return {
    visit: async (url) => void (await browser.open(url)),
    click: () => browser.clickAt(...corner),
    async leave() {
      await browser.closeOtherWindows();
      await browser.open('about:blank');
    },
    stop: () => browser.stop(),
  };
}
