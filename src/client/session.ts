/** What all requests of a Keybound share: what is known of the servers, here, in other tabs and from earlier loads. */

import { isNonce } from '../protocol/nonce.ts';
import type { Emit } from './events.ts';
import type { LoadedKey } from './key-store.ts';
import type { Session } from './send.ts';
import { createServer, learnProof, type Server, type ServerName } from './servers.ts';
import type { Word } from './tabs.ts';

/** What a session is made of. */
interface SessionParts extends Pick<Session, 'emit' | 'fetch' | 'signer' | 'destroyed' | 'reveal'> {
  readonly key: Pick<LoadedKey, 'notes' | 'note'>;
  readonly emit: Emit;
  /** Tells the other tabs. */
  say(word: Word): void;
}

/** A session that can also hear from other tabs. */
export interface SharedSession extends Session {
  hear(word: Partial<Record<string, unknown>>): void;
}

/** Starts with what an earlier load has noted: which servers demand no nonces. */
export function createSession({ key, say, ...given }: SessionParts): SharedSession {
  const { emit } = given;
  // Bounded by the lists of origins: only servers on them are ever asked.
  const servers = new Map<ServerName, Server>();
  const open = new Set<string>(Array.isArray(key.notes) ? key.notes : []);
  // What an authorization server's clock says goes for servers that have not shown theirs.
  let commonSkewSeconds = 0;
  const named = (name: ServerName) => {
    let server = servers.get(name);
    if (!server) servers.set(name, (server = createServer(name, open.has(name))));
    return server;
  };
  const skewSecondsOf = ({ skewSeconds = commonSkewSeconds }: Server) => skewSeconds;
  return {
    ...given,
    serverOf: (role, origin) => named(`${role}${origin}`),
    skewSecondsOf,
    skewSeconds: () => commonSkewSeconds,
    learn(server, answer, sent, isNews) {
      const { name, gate } = server;
      const before = skewSecondsOf(server);
      const isLesson = learnProof(server, answer, sent, before);
      const skewSeconds = skewSecondsOf(server);
      if (skewSeconds !== before) {
        if (name.startsWith('AS')) commonSkewSeconds = skewSeconds;
        emit('skew', { origin: name.slice(2), skewSeconds });
      }
      if (isNews) say({ server: name, nonce: gate.nonce! });
      if (!answer.error && !gate.nonce !== open.has(name)) {
        if (!open.delete(name)) open.add(name);
        key.note?.([...open]).catch(() => {});
      }
      return isLesson;
    },
    hear({ server, nonce, asks }) {
      if (asks) for (const [name, { gate }] of servers) if (gate.nonce) say({ server: name, nonce: gate.nonce });
      if (typeof server === 'string' && typeof nonce === 'string' && isNonce(nonce)) named(server as ServerName).gate.hear(nonce);
    },
  };
}
