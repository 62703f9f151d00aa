/** Realms of this origin that share nothing with the page but its storage: windows without an opener, workers. */

import { beEndlesslyPatient } from './patience.ts';
import type { Commands } from './realm.ts';

export type RealmKind = 'window' | 'isolated window' | 'dedicated worker' | 'SharedWorker' | 'service worker';

export interface Realm {
  /** Has the realm do something and gives what comes of it. */
  call<Name extends keyof Commands>(command: Name, argument?: Parameters<Commands[Name]>[0]): Promise<Awaited<ReturnType<Commands[Name]>>>;
  /** The next event of that type: of its Keybound, or `ready` where a page has loaded or come back. */
  next(type: string): Promise<void>;
  close(): Promise<void>;
}

beEndlesslyPatient();

/** Opens a realm and waits until the SDK has loaded in it. */
export async function openRealm(kind: RealmKind): Promise<Realm> {
  const id = crypto.randomUUID();
  const channel = new BroadcastChannel(id);
  const told = new EventTarget();
  const open = new Map<number, (message: { value?: never; error?: string }) => void>();
  let calls = 0;
  channel.addEventListener('message', ({ data }) => {
    const { type, id: call } = data as { type?: string; id?: number };
    if (type) told.dispatchEvent(new Event(type));
    else if (call !== undefined) open.get(call)?.(data as object);
  });
  const next: Realm['next'] = (type) => new Promise((resolve) => told.addEventListener(type, () => resolve(), { once: true }));
  const call: Realm['call'] = (command, argument) =>
    new Promise((resolve, reject) => {
      open.set(++calls, ({ value, error }) => (error === undefined ? resolve(value!) : reject(new Error(error))));
      channel.postMessage({ id: calls, command, argument });
    });

  const ready = next('ready');
  const stop = await start(kind, id);
  await ready;
  return {
    call,
    next,
    async close() {
      await stop?.();
      if (!stop) await call('end');
      channel.close();
    },
  };
}

// Starts the realm; gives what ends it, where it is not the realm itself.
async function start(kind: RealmKind, id: string): Promise<(() => unknown) | undefined> {
  const at = (path: string) => {
    const url = new URL(path, import.meta.url);
    url.searchParams.set('realm', id);
    return url;
  };
  const script = at('./realm.ts');
  switch (kind) {
    case 'window':
      window.open(at('./realm.html'), '_blank', 'noopener');
      return undefined;
    case 'isolated window':
      window.open(at('./isolated.html'), '_blank', 'noopener');
      return undefined;
    case 'dedicated worker': {
      const worker = new Worker(script, { type: 'module' });
      return () => worker.terminate();
    }
    case 'SharedWorker':
      void new SharedWorker(script, { type: 'module' });
      return undefined;
    case 'service worker': {
      const { pathname: scope } = new URL(`./realm-${id}/`, import.meta.url);
      const registration = await navigator.serviceWorker.register(script, { type: 'module', scope });
      return () => registration.unregister();
    }
  }
}
