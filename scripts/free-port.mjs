// A free port of this machine, for programs that are told theirs before they start.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what systems give out (to who asks for port 0, or connects), unless told otherwise: nobody else gets one by chance meanwhile. */
const [FIRST, LAST] = [12_000, 22_000];

/** A node of a Redis cluster takes that one, too. */
const BUS = 10_000;

const given = new Set();

/** A port that is free, as is the one 10,000 above it. No two calls in a process give the same. */
export async function freePort() {
  for (;;) {
    const port = randomInt(FIRST, LAST);
    if (given.has(port)) continue;
    given.add(port);
    if ((await isFree(port)) && (await isFree(port + BUS))) return port;
  }
}

async function isFree(port) {
  const probe = createServer().listen(port);
  try {
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
