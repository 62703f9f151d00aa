// The frame of the parts that run in browsers: each that is wanted and here is started, and what it gives is collected.
import { startBrowser, wantedBrowsers } from './browsers.mjs';
import { openSite } from './site.mjs';

/**
 * @param {Record<string, string>} pages for {@link openSite}
 * @param {(visit: (page: string, parameters: object, tell?: (text: string) => void) => Promise<any>, browser: string, visitWith: import('./site.mjs').Visit) => Promise<void>} measure
 *   is given how to visit a page in that browser (`visit.profiled` gives the profile of a visit, in Chromium, from its first word on), the browser's name,
 *   and how to visit one in another
 * @param {{ minify?: boolean }} [options] of {@link openSite}
 * @returns {Promise<{ browsers: Record<string, string>, absent: Record<string, string> }>} the versions of those that were there,
 *   and why others were not
 */
export async function inBrowsers(pages, measure, options) {
  const browsers = {};
  const absent = {};
  const site = await openSite(pages, options);
  try {
    for (const name of wantedBrowsers()) {
      const browser = await startBrowser(name);
      if (!browser) {
        absent[name] = 'not on this machine';
        continue;
      }
      browsers[name] = browser.version;
      try {
        const visit = (...given) => site.visit(browser, ...given);
        visit.profiled = (page, parameters) => browser.profile((begin) => visit(page, parameters, begin));
        await measure(visit, name, site.visit);
      } finally {
        await browser.stop();
      }
    }
  } finally {
    await site.close();
  }
  return { browsers, absent };
}
