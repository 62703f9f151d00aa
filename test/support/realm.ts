/**
 * A realm that a test page cannot reach into, told what to do over a BroadcastChannel: a window without an opener, a
 * worker of whatever kind. This module is its script; `openRealm` in realms.ts is the page's side.
 */

import { createKeybound, type Keybound, type KeyboundOptions } from '../../src/index.ts';
import { beEndlesslyPatient } from './patience.ts';

/** What a realm tells of its Keybound. */
export interface RealmKey extends Pick<Keybound, 'jkt' | 'keyState' | 'persistence'> {
  /** The constructor of the realm's global object. */
  readonly kind: string;
  readonly isIsolated: boolean;
}

beEndlesslyPatient();
const url = new URL(globalThis.location.href);
const channel = new BroadcastChannel(url.searchParams.get('realm')!);
const events: { type: string; cause: string }[] = [];
let keybound: Keybound | undefined;
let wasKept = false;

const commands = {
  async create(options: KeyboundOptions): Promise<RealmKey> {
    keybound = await createKeybound(options);
    for (const type of ['destroyed', 'unstored', 'rotated', 'lost'] as const) {
      keybound.addEventListener(type, ({ detail }) => {
        events.push({ type, cause: (detail as { cause?: Error }).cause?.name ?? '' });
        channel.postMessage({ type });
      });
    }
    const { jkt, keyState, persistence } = keybound;
    return { jkt, keyState, persistence, kind: globalThis.constructor.name, isIsolated: globalThis.crossOriginIsolated };
  },
  /** A proof, or the code of its error. */
  proof: async () => keybound?.proof({ method: 'GET', url: 'https://api.example.com/orders' }).catch((error: { code: string }) => error.code),
  destroy: async () => keybound?.destroy(),
  events: async () => events,
  /** Whether this page came out of the back/forward cache. */
  wasKept: async () => wasKept,
  go: async (path: string) => void setTimeout(() => location.assign(path)),
  back: async () => void setTimeout(() => history.back()),
  /** Writes to IndexedDB without a pause, for as long as the realm lives. */
  async write(name: string): Promise<void> {
    const writeOn = async (count: number): Promise<void> => {
      (await createKeybound({ name: name + count })).close();
      return writeOn(count + 1);
    };
    void writeOn(0);
  },
  end: async () => {
    setTimeout(() => close());
  },
};

export type Commands = typeof commands;

channel.addEventListener('message', ({ data }) => {
  const { id, command, argument } = data as { id?: number; command?: keyof Commands; argument?: never };
  if (!command) return;
  commands[command](argument!).then(
    (value) => channel.postMessage({ id, value }),
    (error: unknown) => channel.postMessage({ id, error: String(error) }),
  );
});
globalThis.addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return;
  wasKept = true;
  channel.postMessage({ type: 'ready' });
});
channel.postMessage({ type: 'ready' });
