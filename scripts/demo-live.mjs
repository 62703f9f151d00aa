// The demo page against real processes: `npm run demo:live` starts them all, and serves the page at http://localhost:8090
// (`PORT` changes it). Ctrl-C ends them all; so does the end of any one of them, and then the exit code is 1.
import { findOrInstallRedis } from './browsers/install.mjs';
import { buildDemo, buildProcesses } from './demo/build.mjs';
import { Company } from './demo/company.mjs';
import { LiveSite } from './demo/live-site.mjs';
import { listen, readPort } from './demo/serve.mjs';

const WITHOUT_REDIS = `No redis-server here, and it could not be installed: each process remembers alone.
Replica B does not know what replica A has seen: what stops a replay there is that it does not know A's nonces either.
A revocation does not reach the replicas.`;

const company = new Company();
let server;
let isEnding = false;

async function end(code) {
  if (isEnding) return;
  isEnding = true;
  server?.close();
  server?.closeAllConnections();
  await company.end();
  process.exit(code);
}

function fail(reason) {
  if (!isEnding) console.error(reason);
  void end(1);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end(0));
company.onDeath = (name) => fail(`The ${name} has ended, so everything does.`);

try {
  const site = new LiveSite(company);
  server = await listen(readPort(process.env.PORT), site);
  const redis = await findOrInstallRedis();
  await buildDemo();
  await company.start({ folder: await buildProcesses(), redis });
  const url = `http://localhost:${server.address().port}`;
  await site.open(url);
  for (const { name, pid, host } of site.facts.processes) console.log(`${name.padEnd(22)} pid ${pid}${host && `  http://${host}`}`);
  if (!redis) console.log(WITHOUT_REDIS);
  console.log(`The live demo is ready: ${url}  (Ctrl-C stops it)`);
} catch (error) {
  fail(error.message);
}
