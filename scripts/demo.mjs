// The demo page: `npm start` builds it and serves it at http://localhost:8090 (`PORT` changes it).
// `node scripts/demo.mjs --build` builds only.
import { parseArgs } from 'node:util';
import { buildDemo } from './demo/build.mjs';
import { listen, readPort, stopOnSignal } from './demo/serve.mjs';

const { values } = parseArgs({ options: { build: { type: 'boolean', default: false } } });

try {
  if (values.build) await buildDemo();
  else await start(readPort(process.env.PORT));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

/** The port comes first: whoever starts the demo twice must not build under the feet of the first. */
async function start(port) {
  const server = await listen(port);
  stopOnSignal(server);
  try {
    await buildDemo();
    console.log(`The demo is ready: http://localhost:${server.address().port}  (Ctrl-C stops it)`);
  } catch (error) {
    server.close();
    throw error;
  }
}
