// Takes the README's picture: `node scripts/demo/picture.mjs` writes docs/demo.png. Run it when the page has changed.
import { chromium } from 'playwright-core';
import { join } from 'node:path';
import { CHROMIUM_FLAGS, findChromium } from '../browsers/find.mjs';
import { ROOT } from '../run.mjs';
import { buildDemo } from './build.mjs';
import { listen } from './serve.mjs';

const server = await listen(0);
await buildDemo();
const browser = await chromium.launch({ executablePath: findChromium(), args: [...CHROMIUM_FLAGS], chromiumSandbox: false });
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1.5, reducedMotion: 'reduce' });
  await page.goto(`http://localhost:${server.address().port}`);
  for (const name of ['Log in as Alice', 'GET /orders', 'Steal token']) {
    await page.getByRole('button', { name, exact: true }).click();
    await page.locator('[role=log][aria-busy=false]').waitFor();
  }
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(ROOT, 'docs/demo.png'), animations: 'disabled' });
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
}
