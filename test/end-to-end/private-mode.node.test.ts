/** Private windows, and a browser that is told to store nothing: launched for real, one page loaded twice. */

import { assert } from 'chai';
import { build } from 'esbuild';
import { launch, type LaunchOptions } from 'puppeteer-core';
import { CHROMIUM_FLAGS, findChromium, findFirefox, findWebKit } from '../../scripts/browsers/find.mjs';
import { wantedBrowsers } from '../../scripts/browsers/launchers.mjs';
import { startWebKit } from '../../scripts/browsers/webdriver.mjs';
import { listen, type Listening } from '../servers/listen.ts';
import { until } from '../support/until.ts';

/** What the page tells of its Keybound. */
interface Told {
  readonly jkt: string;
  readonly persistence: string;
  readonly keyState: string;
  readonly isSigning: boolean;
  readonly cause?: string;
}

/** Loads a page and gives its title, once it has one. */
type Visit = () => Promise<string>;

const script = `
  import { createKeybound } from './src/index.ts';
  const keybound = await createKeybound();
  const unstored = new Promise((resolve) => keybound.addEventListener('unstored', ({ detail }) => resolve(detail.cause.name)));
  const proof = await keybound.proof({ method: 'GET', url: 'https://api.example.com/orders' });
  const { jkt, persistence, keyState } = keybound;
  const cause = persistence === 'memory' ? await unstored : undefined;
  document.title = JSON.stringify({ jkt, persistence, keyState, isSigning: proof.split('.').length === 3, cause });`;

describe('where it runs: private', () => {
  let page: Listening;

  before(async () => {
    const { outputFiles } = await build({ stdin: { contents: script, resolveDir: process.cwd() }, bundle: true, write: false, format: 'esm', target: 'es2022' });
    const html = `<!doctype html><html lang="en"><title></title><script type="module">${outputFiles[0]!.text}</script></html>`;
    page = await listen(async (_message, response) => void response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(html));
  });

  after(() => page.close());

  async function twice(visit: Visit): Promise<[Told, Told]> {
    return [JSON.parse(await visit()) as Told, JSON.parse(await visit()) as Told];
  }

  async function inPuppeteer(options: LaunchOptions, use: (visit: Visit) => Promise<void>, isContextPrivate = false): Promise<void> {
    const browser = await launch({ headless: true, ...options });
    try {
      const context = isContextPrivate ? await browser.createBrowserContext() : browser.defaultBrowserContext();
      const tab = await context.newPage();
      await use(async () => {
        await tab.goto(page.origin);
        return until(async () => (await tab.title()) || undefined);
      });
    } finally {
      await browser.close();
    }
  }

  function assertKept([first, second]: [Told, Told]): void {
    assert.deepInclude(first, { persistence: 'indexeddb', keyState: 'created', isSigning: true });
    assert.deepInclude(second, { persistence: 'indexeddb', keyState: 'restored', isSigning: true, jkt: first.jkt });
  }

  const [chromium, firefox, webkit] = [findChromium(), findFirefox(), findWebKit()];
  const isWanted = (name: string, program: unknown) => (program && wantedBrowsers().includes(name) ? it : it.skip);

  isWanted('chromium', chromium)('Chromium, incognito: the key is stored, and survives a reload', () =>
    inPuppeteer({ executablePath: chromium!, args: [...CHROMIUM_FLAGS] }, async (visit) => assertKept(await twice(visit)), true),
  );

  isWanted('firefox', firefox)('Firefox, private browsing: the key is stored, and survives a reload', () =>
    inPuppeteer({ browser: 'firefox', executablePath: firefox!, extraPrefsFirefox: { 'browser.privatebrowsing.autostart': true } }, async (visit) => assertKept(await twice(visit))),
  );

  isWanted('firefox', firefox)('Firefox, without cookies: the page works with a key in memory, and says why', () =>
    inPuppeteer({ browser: 'firefox', executablePath: firefox!, extraPrefsFirefox: { 'network.cookie.cookieBehavior': 2 } }, async (visit) => {
      const [first, second] = await twice(visit);
      for (const told of [first, second]) assert.deepInclude(told, { persistence: 'memory', keyState: 'created', isSigning: true, cause: 'SecurityError' });
      assert.notEqual(second.jkt, first.jkt);
    }),
  );

  isWanted('webkit', webkit)('WebKitGTK, ephemeral: the key is stored, and survives a reload', async () => {
    const browser = await startWebKit(webkit!);
    try {
      assertKept(
        await twice(async () => {
          await browser.open(page.origin);
          return until(async () => ((await browser.execute('return document.title')) as string) || undefined);
        }),
      );
    } finally {
      await browser.stop();
    }
  });
});
