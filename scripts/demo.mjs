// The demo page: `npm start` builds it and serves it at http://localhost:8090 (`PORT` changes it).
// `node scripts/demo.mjs --build` builds only.
import { parseArgs } from 'node:util';
import { buildDemo } from './demo/build.mjs';
import { serveDemo } from './demo/serve.mjs';

const { values } = parseArgs({ options: { build: { type: 'boolean', default: false } } });

try {
  await buildDemo();
  if (!values.build) await serveDemo(readPort(process.env.PORT));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function readPort(text = '8090') {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new Error(`PORT must be a number from 0 to 65535, not '${text}'.`);
}
