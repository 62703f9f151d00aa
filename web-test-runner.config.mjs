// Runs the tests in Chromium, Firefox and WebKitGTK, whichever of them are here; BROWSERS=chromium,firefox asks for
// some only. Started by scripts/test.mjs, or by hand:
//   node --import ./scripts/typescript.mjs node_modules/@web/test-runner/dist/bin.js [--coverage] [--files test/one.test.ts]
import { readFile } from 'node:fs/promises';
import { esbuildPlugin } from '@web/dev-server-esbuild';
import { findLaunchers } from './scripts/browsers/launchers.mjs';
import { freePort } from './scripts/free-port.mjs';
import { browserReporter } from './scripts/reporters/browser.mjs';
import { testServers } from './scripts/test-servers.mjs';

const workerScript = new URL(import.meta.resolve('msw/mockServiceWorker.js'));

/** MSW's service worker has to come from the root of the page's origin. */
async function mockServiceWorker(context, next) {
  if (context.path !== '/mockServiceWorker.js') return next();
  context.type = 'text/javascript';
  context.body = await readFile(workerScript, 'utf8');
}

/** Packages for pages ask in which mode they were bundled; here nobody bundles, and a page has no `process` to ask. */
const bundledMode = {
  name: 'bundled-mode',
  transform(context) {
    if (!context.path.includes('/node_modules/') || !context.response.is('js') || typeof context.body !== 'string') return undefined;
    return context.body.replaceAll('process.env.NODE_ENV', '"production"');
  },
};

/** Pages that headers make special: one is cross-origin isolated, one wipes the origin's storage. */
async function specialPages(context, next) {
  await next();
  if (context.path.endsWith('/isolated.html')) {
    context.set({ 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' });
  }
  if (context.path.endsWith('/clear.html')) context.set('Clear-Site-Data', '"storage"');
}

/** The page of a test file. A promise that fails unseen fails the test that is running: mocha sees only errors. */
const page = (testFramework) => `<!doctype html>
<html lang="en">
  <body>
    <script>addEventListener('unhandledrejection', ({ reason }) => { throw reason })</script>
    <script type="module" src="${testFramework}"></script>
  </body>
</html>`;

export default {
  files: ['test/**/*.test.ts', '!test/**/*.node.test.ts'],
  // As bundlers do for pages: some packages (axios) leave out what is Node's by the field `browser` alone.
  nodeResolve: { exportConditions: ['browser', 'development'], browser: true },
  plugins: [esbuildPlugin({ ts: true, target: 'es2022' }), bundledMode, testServers()],
  middleware: [mockServiceWorker, specialPages],
  browsers: Object.values(findLaunchers()),
  // By itself the runner looks for the first free one from 8000 on, and two runs that begin together find the same.
  port: await freePort(),
  staticLogging: true,
  reporters: [browserReporter({ resultFile: '.cache/results-browser.json' })],

  // One page at a time: MSW answers a worker's requests only through a visible tab, and WebKitGTK has one window.
  concurrentBrowsers: 1,
  concurrency: 1,
  // Limits that only end what hangs: a busy machine is several times slower, and then a file may take minutes.
  browserStartTimeout: 180_000,
  testsStartTimeout: 180_000,
  testsFinishTimeout: 600_000,
  testRunnerHtml: page,
  testFramework: { config: { ui: 'bdd', timeout: 60_000, forbidOnly: true } },

  // Only Chromium reports coverage. The floor is in scripts/coverage.mjs, over all runs together.
  coverageConfig: { include: ['src/**/*.ts'], report: true, reportDir: 'coverage/browser', reporters: ['json'] },
};
