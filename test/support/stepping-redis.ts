/** A real Redis server whose clock seems to step. */

import type { RedisClient } from '../../src/redis.ts';
import type { RedisServer } from './redis-server.ts';

const time = "redis.call('TIME')";

/**
 * A client of a server, and what sets its clock: scripts are run by the server, but see another TIME, and entries
 * end as much earlier or later as they would.
 */
export function stepping(server: RedisServer) {
  let aheadSeconds = 0;
  const late: number[] = [];
  const client: RedisClient = {
    async call(name, ...parameters) {
      if (name === 'EVALSHA') throw new Error('NOSCRIPT this server takes scripts whole');
      const ahead = aheadSeconds + (late.shift() ?? 0);
      return server.command(name, ...parameters.map((text) => text.replaceAll(time, `{ tostring(${time}[1] + ${ahead}), ${time}[2] }`)));
    },
  };
  return {
    client,
    async step(seconds: number) {
      aheadSeconds += seconds;
      for (const key of (await server.command('KEYS', '*')) as string[]) {
        const life = Number(await server.command('PTTL', key));
        if (life < 0) continue; // it never ends, or has ended
        const left = life - seconds * 1000;
        if (left > 0) await server.command('PEXPIRE', key, Math.round(left));
        else await server.command('DEL', key);
      }
    },
    /** The next commands, one by one, are run so much later than they were sent. */
    delay: (...seconds: number[]) => void late.push(...seconds),
  };
}
