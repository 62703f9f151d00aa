// Takes the documents' pictures of the demo: `node scripts/demo/picture.mjs` writes docs/demo.png and docs/demo-live.png. Run
// it when the page has changed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chromium } from 'playwright-core';
import { join } from 'node:path';
import { CHROMIUM_FLAGS, findChromium } from '../browsers/find.mjs';
import { ROOT } from '../run.mjs';

const PICTURES = [
  { script: 'demo.mjs', file: 'demo.png', presses: ['Log in as Alice', 'GET /orders', 'Steal token'] },
  { script: 'demo-live.mjs', file: 'demo-live.png', presses: ['Log in as Alice', 'GET /orders', 'Replay on replica B'] },
];

const browser = await chromium.launch({ executablePath: findChromium(), args: [...CHROMIUM_FLAGS], chromiumSandbox: false });
try {
  for (const picture of PICTURES) await take(picture);
} finally {
  await browser.close();
}

async function take({ script, file, presses }) {
  const server = spawn(process.execPath, [join(ROOT, 'scripts', script)], { env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(server, 'exit');
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1.5, reducedMotion: 'reduce' });
    await page.goto(await readUrl(server));
    for (const name of presses) {
      await page.getByRole('button', { name, exact: true }).click();
      await page.locator('[role=log][aria-busy=false]').waitFor();
    }
    await page.mouse.move(0, 0);
    await page.screenshot({ path: join(ROOT, 'docs', file), animations: 'disabled' });
    await page.close();
  } finally {
    server.kill('SIGINT');
    await ended;
  }
}

/** Where the demo says that it is. */
async function readUrl({ stdout }) {
  let output = '';
  for await (const chunk of stdout) {
    output += chunk;
    const [, url] = /ready: (http:\S+)/.exec(output) ?? [];
    if (url) return url;
  }
  throw new Error('The demo did not start.');
}
