/** What is used of a Redis client: one command at a time, by whichever of two names the client has for that. */

/** A client of the `redis` package (node-redis). */
export interface NodeRedisClient {
  sendCommand(command: string[]): Promise<unknown>;
}

/** A client of the `ioredis` package. */
export interface IoRedisClient {
  call(command: string, ...parameters: string[]): Promise<unknown>;
}

/** A connected client of either package; Keybound brings none. Its connection, and its end, are the caller's. */
export type RedisClient = NodeRedisClient | IoRedisClient;

/** Sends one command and gives its reply. */
export type SendCommand = (command: string, ...parameters: string[]) => Promise<unknown>;

/**
 * One way to send a command, whichever client it is, within a time. A command that is late may still arrive: what it
 * claims is then spent, though nobody was told that it is theirs.
 *
 * @throws TypeError where the client is neither.
 */
export function commandSender(client: RedisClient, operationTimeoutSeconds: number): SendCommand {
  const send = sender(client);
  return async (command, ...parameters) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const message = `Redis gave no answer in ${operationTimeoutSeconds} s`;
      timer = setTimeout(() => reject(new Error(message)), operationTimeoutSeconds * 1000);
    });
    return Promise.race([send(command, ...parameters), late]).finally(() => clearTimeout(timer));
  };
}

// ioredis has a `sendCommand` too, which takes something else: so `call` is looked for first.
function sender(client: RedisClient): SendCommand {
  if (typeof (client as Partial<IoRedisClient>)?.call === 'function') {
    return async (command, ...parameters) => (client as IoRedisClient).call(command, ...parameters);
  }
  if (typeof (client as Partial<NodeRedisClient>)?.sendCommand === 'function') {
    return async (...command) => (client as NodeRedisClient).sendCommand(command);
  }
  throw new TypeError('client must be a client of redis (node-redis) or ioredis');
}
