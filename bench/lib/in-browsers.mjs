// The frame of the parts that run in browsers: each that is wanted and here is started, and what it gives is collected.
import { startBrowser, wantedBrowsers } from './browsers.mjs';
import { openSite } from './site.mjs';

/**
 * @param {Record<string, string>} pages for {@link openSite}
 * @param {(visit: (page: string, parameters: object, tell?: (text: string) => void) => Promise<any>, browser: string) => Promise<void>} measure
 * @param {{ browsers?: string[] }} [terms] default those that are wanted
 * @returns {Promise<Record<string, string>>} the browsers that were left out, and why
 */
export async function inBrowsers(pages, measure, { browsers = wantedBrowsers() } = {}) {
  const absent = {};
  const site = await openSite(pages);
  try {
    for (const name of browsers) {
      const browser = await startBrowser(name);
      if (!browser) absent[name] = 'not on this machine';
      try {
        if (browser) await measure((...given) => site.visit(browser, ...given), name);
      } finally {
        await browser?.stop();
      }
    }
  } finally {
    await site.close();
  }
  return absent;
}
