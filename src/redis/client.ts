/** What is used of a Redis client: one command at a time, by whichever name the client has for that. */

import { harmless } from '../stores/listener.ts';
import { asStoreError, RedisStoreError, type RedisStoreErrorCode } from './store-error.ts';

/** A client, or a pool of clients, of the `redis` package (node-redis). */
export interface NodeRedisClient {
  sendCommand(command: string[]): Promise<unknown>;
}

/** A cluster client of the `redis` package: it is told by which key a command finds its node. */
export interface NodeRedisCluster {
  readonly slots: unknown;
  sendCommand(firstKey: string | undefined, isReadonly: boolean | undefined, command: string[]): Promise<unknown>;
}

/** A client of the `redis` package that finds its primary by Sentinel. */
export interface NodeRedisSentinel {
  getSentinelNode(): unknown;
  sendCommand(isReadonly: boolean | undefined, command: string[]): Promise<unknown>;
}

/** A client of the `ioredis` package (with Sentinel or without), or its cluster client. */
export interface IoRedisClient {
  call(command: string, ...parameters: string[]): Promise<unknown>;
}

/** A connected client of either package; Keybound brings none. Its connection, and its end, are the caller's. */
export type RedisClient = NodeRedisClient | NodeRedisCluster | NodeRedisSentinel | IoRedisClient;

/** Sends one command and gives its reply. The key says which node of a cluster has to answer. */
export type SendCommand = (key: string, command: readonly [string, ...string[]]) => Promise<unknown>;

/** How a command went. */
export interface RedisCommandReport {
  /** How long it took, in seconds. */
  readonly seconds: number;
  /** What went wrong; absent where nothing did. `refused` is also what a server says once that has a script no more. */
  readonly code?: RedisStoreErrorCode;
}

/** How commands are sent. */
export interface CommandTerms {
  readonly operationTimeoutSeconds: number;
  readonly onCommand?: ((report: RedisCommandReport) => void) | undefined;
}

/**
 * One way to send a command, whichever client it is, within a time; every failure is a {@link RedisStoreError}.
 *
 * While the client says that it has lost its server, nothing is sent at all: a command that waits in a client's queue
 * would be late anyway. A command that is late may still arrive: what it claims is then spent, though nobody was told
 * that it is theirs.
 *
 * @throws TypeError where the client is neither package's, or `onCommand` no function.
 */
export function commandSender(client: RedisClient, { operationTimeoutSeconds, onCommand }: CommandTerms): SendCommand {
  const send = sender(client);
  const tell = onCommand === undefined ? undefined : harmless(onCommand, 'onCommand');
  return async (key, command) => {
    const start = performance.now();
    const report = (code?: RedisStoreErrorCode) => tell?.({ seconds: (performance.now() - start) / 1000, ...(code && { code }) });
    try {
      if (isDown(client)) throw new RedisStoreError('unreachable', 'The Redis client is not connected');
      const reply = await inTime(send(key, command), operationTimeoutSeconds);
      report();
      return reply;
    } catch (thrown) {
      const error = asStoreError(thrown);
      report(error.code);
      throw error;
    }
  };
}

async function inTime<T>(answer: Promise<T>, seconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RedisStoreError('timeout', `Redis gave no answer in ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

// ioredis has a `sendCommand` too, which takes something else: so `call` is looked for first.
function sender(client: RedisClient): SendCommand {
  if (typeof (client as Partial<IoRedisClient>)?.call === 'function') {
    return async (_, command) => (client as IoRedisClient).call(...command);
  }
  if (typeof (client as Partial<NodeRedisClient>)?.sendCommand === 'function') {
    if ('getSentinelNode' in client) return async (_, command) => client.sendCommand(false, [...command]);
    if ('slots' in client) return async (key, command) => client.sendCommand(key, false, [...command]);
    return async (_, command) => (client as NodeRedisClient).sendCommand([...command]);
  }
  throw new TypeError('client must be a client of redis (node-redis) or ioredis');
}

// ioredis connects at the first command where it is told to be lazy ('wait'), so only a lost connection counts.
function isDown(client: RedisClient): boolean {
  const { isReady, status } = client as { readonly isReady?: unknown; readonly status?: unknown };
  return isReady === false || status === 'reconnecting' || status === 'close' || status === 'end';
}
