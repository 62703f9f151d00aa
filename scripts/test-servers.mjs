// Real HTTP servers beside the browser tests, for what a mock in the page cannot show (CORS above all). The tests bring
// them: test/servers/start.ts exports startServers({ pageOrigin }), and they ask for their addresses at /test-servers.json.
// What a test has measured it posts to /measured, as { "what was measured": value }: see measuredFile().
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const start = new URL('../test/servers/start.ts', import.meta.url);

/** Where the last values are that were measured in a browser. @param {string} browser chromium, firefox or webkit */
export const measuredFile = (browser) => `.cache/measured-${browser}.json`;

/** A test-runner plugin; node must run with `--import ./scripts/typescript.mjs`. */
export function testServers() {
  let servers;
  return {
    name: 'test-servers',
    async serverStart({ config: { hostname = 'localhost', port } }) {
      if (!existsSync(fileURLToPath(start))) return;
      const { startServers } = await import(start.href);
      servers = await startServers({ pageOrigin: `http://${hostname}:${port}` });
    },
    async serve(context) {
      if (context.path === '/measured' && context.method === 'POST') {
        addTo(measuredFile(browserOf(context.get('user-agent'))), await json(context.req));
        return { body: 'true', type: 'json' };
      }
      if (context.path !== '/test-servers.json') return undefined;
      return { body: JSON.stringify(servers?.config ?? null), type: 'json' };
    },
    async serverStop() {
      await servers?.stop();
    },
  };
}

/** WebKit's words are in Chromium's name as well. */
function browserOf(userAgent) {
  if (userAgent.includes('Firefox/')) return 'firefox';
  return userAgent.includes('Chrome/') ? 'chromium' : 'webkit';
}

function addTo(file, values) {
  const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...known, ...values }, null, 2)}\n`);
}
