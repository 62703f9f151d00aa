/** One caller of the test API: a key of its own, logged in, whose first request meets a challenge. */

import { createKeybound, type Keybound } from '../../src/index.ts';
import type { CallSighting } from '../servers/callers.ts';
import { logIn, type Surroundings } from '../interop/surroundings.ts';

/** See {@link createCaller}. */
export interface Caller {
  readonly keybound: Keybound;
  readonly accessToken: string;
  /** `protect` for the API: what libraries are given as their fetch. */
  readonly api: typeof fetch;
  /** Below it everything is this caller's own. */
  readonly base: string;
  /** What came below it, in order. */
  seen(): Promise<readonly CallSighting[]>;
  /** The same, once it is as it should be; polled, since no event tells a page. */
  seenWhen(isSo: (seen: readonly CallSighting[]) => boolean): Promise<readonly CallSighting[]>;
}

export async function createCaller(surroundings: Surroundings): Promise<Caller> {
  const { authorizationServer, callers } = surroundings.servers;
  const keybound = await createKeybound({ name: crypto.randomUUID(), authorizationServers: [authorizationServer] });
  const { access_token: accessToken } = await logIn(surroundings, keybound.fetch);
  const base = `${callers}/${crypto.randomUUID()}`;
  const seen = async () => (await (await fetch(`${base}/seen`)).json()) as readonly CallSighting[];
  return {
    keybound,
    accessToken,
    base,
    seen,
    api: keybound.protect({ origins: [callers], accessToken: () => accessToken }),
    async seenWhen(isSo) {
      for (let last = await seen(), tries = 0; ; last = await seen()) {
        if (isSo(last)) return last;
        if (++tries > 500) throw new Error(`Never so: ${JSON.stringify(last)}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}
