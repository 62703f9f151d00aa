// Lets the test runner use WebKitGTK: a browser launcher in its sense, with one window and one session at a time.
import { startWebKit } from './webdriver.mjs';

/** @param {{ browser: string, driver: string, xvfb: string | undefined }} programs from findWebKit() */
export function webkitLauncher(programs) {
  let starting;
  let current;
  const browser = () => (starting ??= startWebKit(programs));

  return {
    name: 'WebKitGTK',
    type: 'webdriver',
    concurrency: 1,
    async initialize() {},
    async startSession(id, url) {
      current = id;
      await (await browser()).open(url);
    },
    isActive: (id) => id === current,
    getBrowserUrl: async () => (await browser()).url(),
    async stopSession(id) {
      if (id === current) {
        await (await browser()).open('about:blank'); // ends whatever the test page still does
        current = undefined;
      }
      return {};
    },
    async stop() {
      const started = await starting?.catch(() => undefined);
      await started?.stop();
    },
    async startDebugSession() {
      throw new Error('WebKitGTK has no debug session here');
    },
  };
}
