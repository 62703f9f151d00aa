/** A real redis-server of the tests' own, on a socket and a port, in a folder that goes with it. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findRedisServer } from '../../scripts/browsers/find.mjs';
import { freePort } from '../../scripts/free-port.mjs';
import { until } from './until.ts';

export interface RedisServer {
  readonly socket: string;
  readonly port: number;
  /** A command over a connection of the test's own, which takes whatever the verifiers do to theirs no notice. */
  command(name: string, ...parameters: (string | number)[]): Promise<unknown>;
  /** Resolves when its one replica has everything that was written until now. */
  replicated(): Promise<void>;
  /** Stops answering, without closing anything: as a machine that hangs. */
  freeze(): void;
  thaw(): void;
  /** Ends it at once (SIGKILL): nothing is saved. */
  kill(): Promise<void>;
  /** Starts it again where it was, with what its folder holds. */
  start(): Promise<void>;
  /** Kills it, and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a server and waits until it says that it is ready. `settings` are arguments, as `--maxmemory`, `3mb`. */
export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const socket = join(folder, 'r.sock');
  const port = await freePort();
  const connection = ['--port', String(port), '--bind', '127.0.0.1', '--unixsocket', socket, '--dir', folder];
  const options = [...connection, '--save', '', '--appendonly', 'no', '--repl-diskless-sync-delay', '0', ...settings];
  const client = new Redis(socket, { lazyConnect: true, retryStrategy: () => 20, maxRetriesPerRequest: 50 });
  client.on('error', () => {});
  let server = await run(options);

  async function kill(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  }

  return {
    socket,
    port,
    command: (name, ...parameters) => client.call(name, ...parameters),
    async replicated() {
      // WAIT is about what this connection wrote.
      await client.set('replicated', '1');
      await until(async () => Number(await client.call('WAIT', 1, 1000)) > 0);
    },
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    kill,
    async start() {
      server = await run(options);
    },
    async stop() {
      client.disconnect();
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function run(options: readonly string[]): Promise<ChildProcess> {
  const program = findRedisServer();
  if (!program) throw new Error('redis-server is not installed');
  const server = spawn(program, options, { stdio: ['ignore', 'pipe', 'ignore'] });
  const endWithUs = () => void server.kill('SIGKILL');
  process.once('exit', endWithUs);
  server.once('exit', () => process.off('exit', endWithUs));
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    let said = '';
    server.on('exit', () => reject(new Error(`redis-server did not start: ${said}`)));
    server.stdout.on('data', (text: Buffer) => void (/ready to accept connections/i.test((said += text)) && resolve()));
  });
  return server;
}
