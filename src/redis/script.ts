/** Scripts that Redis runs as one operation: between two of their lines, nobody else's command runs. */

import { utf8 } from '../protocol/bytes.ts';
import type { SendCommand } from './client.ts';
import type { RedisStoreError } from './store-error.ts';

/** What a script is called with: its keys lie in one hash slot, and the first of them says in which. */
export interface ScriptCall {
  readonly keys: readonly [string, ...string[]];
  readonly values: readonly string[];
}

/** Runs a script and gives its reply. */
export type RunScript = (send: SendCommand, call: ScriptCall) => Promise<unknown>;

/**
 * A script that is sent by its hash (EVALSHA), and whole (EVAL) to a server that does not know it yet: one that is new,
 * restarted or just promoted.
 */
export function redisScript(text: string): RunScript {
  let hash: Promise<string> | undefined;
  return async (send, { keys, values }) => {
    const rest = [String(keys.length), ...keys, ...values];
    hash ??= sha1(text);
    try {
      return await send(keys[0], ['EVALSHA', await hash, ...rest]);
    } catch (error) {
      if (!/\bNOSCRIPT\b/.test((error as RedisStoreError).message)) throw error;
      return send(keys[0], ['EVAL', text, ...rest]);
    }
  };
}

// Redis names scripts by SHA-1. Nothing rests on it: two texts with one hash would both have to be ours.
async function sha1(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-1', utf8(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
