// Real HTTP servers beside the browser tests, for what a mock in the page cannot show (CORS above all). The tests bring
// them: test/servers/start.ts exports startServers({ pageOrigin }), and they ask for their addresses at /test-servers.json.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const start = new URL('../test/servers/start.ts', import.meta.url);

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
    serve(context) {
      if (context.path !== '/test-servers.json') return undefined;
      return { body: JSON.stringify(servers?.config ?? null), type: 'json' };
    },
    async serverStop() {
      await servers?.stop();
    },
  };
}
