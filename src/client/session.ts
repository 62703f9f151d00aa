/** What all requests of a Keybound share: what is known of the servers, here, in other tabs and from earlier loads. */

import { isNonce } from '../protocol/nonce.ts';
import { createGate } from './gate.ts';
import { readAlgorithm } from './jwt.ts';
import type { LoadedKey } from './key-store.ts';
import type { Life } from './life.ts';
import type { Session } from './send.ts';
import type { Server, ServerName } from './servers.ts';

/** What a session is made of. */
interface SessionParts extends Pick<Session, 'emit' | 'fetch' | 'reveal' | 'lock' | 'checkBinding'> {
  readonly key: Pick<LoadedKey, 'notes' | 'note'>;
  readonly life: Pick<Life, 'signer' | 'destroyed' | 'say'>;
}

/** A session that can also hear from other tabs. */
export interface SharedSession extends Session {
  hear(word: Partial<Record<string, unknown>>): void;
}

/** What may lie between two clocks, and on the way of an answer: the least `clockToleranceSeconds` of a server without nonces. */
const toleranceSeconds = 5;

const isEd25519 = (name: string | undefined) => /^Ed(25519|DSA)$/.test(name!);

/** Starts with what an earlier load has noted: which servers demand no nonces. */
export function createSession({ key, life, ...given }: SessionParts): SharedSession {
  const { signer, destroyed, say } = life;
  const { emit } = given;
  // Bounded by the lists of origins: only servers on them are ever asked.
  const servers = new Map<ServerName, Server>();
  const open = new Set<string>(Array.isArray(key.notes) ? key.notes : []);
  // What an authorization server's clock says goes for servers that have not shown theirs.
  let commonSkewSeconds = 0;
  const named = (name: ServerName) => {
    let server = servers.get(name);
    if (!server) servers.set(name, (server = { name, gate: createGate(open.has(name)) }));
    return server;
  };
  const skewSecondsOf = ({ skewSeconds = commonSkewSeconds }: Server) => skewSeconds;
  return {
    ...given,
    signer,
    destroyed,
    serverOf: (role, origin) => named(`${role}${origin}`),
    skewSecondsOf,
    skewSeconds: () => commonSkewSeconds,
    learn(server, { error, params, serverSeconds }, sent, isNews) {
      const { name, gate } = server;
      const names = params.algs?.split(' ').filter(isEd25519) ?? [];
      if (names.length === 1) [server.spelling] = names;
      const alg = server.spelling && readAlgorithm(sent.proof);
      const isMisspelt = alg !== server.spelling && isEd25519(alg);

      const believed = skewSecondsOf(server);
      const skewSeconds = serverSeconds ? Math.round(serverSeconds - Date.now() / 1000) : believed;
      const isFar = (seconds: number) => Math.abs(skewSeconds - seconds) > toleranceSeconds;
      if (isFar(believed)) {
        server.skewSeconds = skewSeconds;
        if (name.startsWith('AS')) commonSkewSeconds = skewSeconds;
        emit('skew', { origin: name.slice(2), skewSeconds });
      }

      if (isNews) say({ server: name, nonce: gate.nonce! });
      if (!error && !gate.nonce !== open.has(name)) {
        if (!open.delete(name)) open.add(name);
        key.note?.([...open]).catch(() => {});
      }
      // By what is known now: a proof that was under way while another answer taught it counts, too.
      return isMisspelt || isFar(sent.skewSeconds);
    },
    hear({ server, nonce, asks }) {
      if (asks) for (const [name, { gate }] of servers) if (gate.nonce) say({ server: name, nonce: gate.nonce });
      if (typeof server === 'string' && typeof nonce === 'string' && isNonce(nonce)) named(server as ServerName).gate.hear(nonce);
    },
  };
}
