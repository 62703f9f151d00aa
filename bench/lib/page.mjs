// A page with one script, as an app serves it: bundled, minified, from its own origin.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** @param {string} file a module beside this one @returns {Promise<string>} */
export async function bundlePage(file) {
  const { outputFiles } = await build({
    entryPoints: [here(file)],
    alias: { keybound: here('../../dist/index.js') },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0].text;
}

/** @param {string} script @returns {Promise<{ address: string, close: () => Promise<void> }>} */
export async function servePage(script) {
  const server = createServer(({ url }, response) => {
    const isScript = url === '/page.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><title>Bench</title><script type="module" src="/page.js"></script>');
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { address: `http://localhost:${server.address().port}/`, close };
}
