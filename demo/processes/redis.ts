/**
 * Keeps a redis-server for as long as the demo runs: on a socket in a folder of its own, which goes with it. Its argument
 * is the program.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say } from './directions.ts';

process.on('SIGINT', () => {});
// Whoever started this may have gone while the modules were loading: then there is nothing to keep.
if (!process.connected) process.exit(0);

const folder = mkdtempSync(join(tmpdir(), 'keybound-demo-'));
const socket = join(folder, 'redis.sock');
const options = ['--port', '0', '--unixsocket', socket, '--unixsocketperm', '700', '--dir', folder, '--save', '', '--appendonly', 'no'];
// A group of its own: Ctrl-C is not for it, so that it goes last.
const server = spawn(process.argv[2]!, options, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });

/** Redis first, and when it has ended, this process: nobody is left behind. */
let code = 1;
const end = () => {
  code = 0;
  server.kill('SIGKILL');
};
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
process.on('disconnect', end);
process.on('exit', () => {
  // Where this process ends by a fault, Redis still runs.
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
server.on('error', (error) => {
  console.error(`redis-server: ${error.message}`);
  process.exit(1);
});
server.on('exit', () => process.exit(code));
server.stdout.on('data', (text: Buffer) => {
  if (process.connected && /ready to accept connections/i.test(String(text))) say({ listening: socket, pid: server.pid });
});
