/** Where the key pair's handle is kept: IndexedDB, one entry a name; memory where that fails. */

import { promisifyRequest } from 'idb-keyval';
import { generateKey, isSound, keySigner, type HeaderAlgorithm } from './key.ts';
import type { Signer } from './signer.ts';
import { joinTabs, type Tabs } from './tabs.ts';
import { unlessAborted } from './unless-aborted.ts';

/** A key that is ready to sign, where it lives, and how it came to be. */
export interface LoadedKey {
  readonly signer: Signer;
  readonly persistence: 'indexeddb' | 'memory';
  readonly keyState: 'created' | 'restored' | 'replaced';
  /** Why the key is in memory alone; absent where it is not, or was given. */
  readonly cause?: unknown;
  /** The tabs that share the key, joined before it was loaded; none where it is in memory alone. */
  readonly tabs?: Tabs;
  /** What was noted beside the key at an earlier load, by whatever script. */
  readonly notes?: unknown;
  /** Notes something beside the key, while it is there. */
  note?(notes: readonly string[]): Promise<unknown>;
  /** Whether this is still the key of its name. */
  isCurrent?(): Promise<boolean>;
}

/** A pair as it is stored: the id tells it from another one without a look at its bytes, which nobody gets. */
interface StoredPair extends CryptoKeyPair {
  readonly id?: string;
}

/** How long IndexedDB may take: a browser that hangs at its opening must not keep the page from starting. */
const patienceSeconds = 3;

/** What is done in one transaction, until nobody waits for it any more. */
type Use<Result> = (store: IDBObjectStore, signal: AbortSignal) => Promise<Result>;

// Opened for one transaction: a connection that is kept, as idb-keyval's stores keep theirs, goes stale unseen, and blocks
// whoever wants to delete the database.
async function transact<Result>(use: Use<Result>, signal: AbortSignal): Promise<Result> {
  const opening = indexedDB.open('keybound');
  opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
  const database = await promisifyRequest(opening);
  try {
    const transaction = database.transaction('keys', 'readwrite');
    endWithPage(transaction);
    return use(transaction.objectStore('keys'), signal);
  } finally {
    database.close(); // waits for the transaction
  }
}

// WebKit takes a page into the back/forward cache together with its transactions, and until it is back lets in nobody else.
function endWithPage(transaction: IDBTransaction): void {
  const abort = () => {
    try {
      transaction.abort();
    } catch {
      // It was about to end.
    }
  };
  globalThis.addEventListener('pagehide', abort);
  for (const end of ['complete', 'abort']) transaction.addEventListener(end, () => globalThis.removeEventListener('pagehide', abort));
}

// What is late goes on, and is told by the signal that nobody waits for it any more.
function inStore<Result>(use: Use<Result>): Promise<Result> {
  const signal = AbortSignal.timeout(patienceSeconds * 1000);
  return unlessAborted(signal, transact(use, signal));
}

/**
 * Restores the key of a name, or makes one: whoever races for a name, in this tab or another, gets the same key.
 *
 * IndexedDB counts as working when a key came back out of it and signed. A stored key that could be exported, that is of
 * an algorithm that is not asked for, or that does not sign for its public key, is replaced, never used.
 */
export async function loadKey(name: string, algorithms: readonly HeaderAlgorithm[]): Promise<LoadedKey> {
  let tabs: Tabs | undefined;
  try {
    // Joined first: a logout elsewhere while the key is being loaded must be heard.
    tabs = joinTabs(name);
    return { ...(await loadStored(name, algorithms)), tabs };
  } catch (cause) {
    tabs?.leave();
    // A key of its own: the one that failed to be stored may still arrive there, and be found by others.
    return { signer: await keySigner(await generateKey(algorithms), algorithms), persistence: 'memory', keyState: 'created', cause };
  }
}

async function loadStored(name: string, algorithms: readonly HeaderAlgorithm[]): Promise<LoadedKey> {
  const read = async (store: IDBObjectStore) => {
    const pair = await promisifyRequest<StoredPair | null | undefined>(store.get(name));
    // A realm that cannot read keys (WebKitGTK's SharedWorker) must not replace what others can.
    if (pair === null) throw keepsNoKeys();
    return pair;
  };
  // Looks and acts within one transaction: what another tab has put there since is not ours to touch. Tells what is there now.
  const ifStill = (expected: StoredPair | undefined, act: Use<unknown>) =>
    inStore(async (store, signal) => {
      const there = await read(store);
      if (idOf(there) !== idOf(expected)) return there;
      await act(store, signal);
      const pair = await read(store);
      await promisifyRequest(store.transaction);
      return pair;
    });

  let keyState: LoadedKey['keyState'] = 'restored';
  let candidate: StoredPair | undefined;
  const [stored, notes] = await inStore((store) => Promise.all([read(store), promisifyRequest<unknown>(store.get([name]))]));
  let pair = stored;
  for (let tries = 0; !(pair?.id && (await isSound(algorithms, pair))); tries++) {
    if (tries > 2) throw keepsNoKeys();
    const rival = (candidate ??= { ...(await generateKey(algorithms)), id: crypto.randomUUID() });
    const found = pair;
    pair = await ifStill(found, async (store, signal) => {
      signal.throwIfAborted();
      await promisifyRequest(store.put(rival, name));
    });
    if (pair?.id === rival.id) keyState = found === undefined ? 'created' : 'replaced';
  }

  const kept = pair;
  const remove = (store: IDBObjectStore) => Promise.all([name, [name]].map((row) => promisifyRequest(store.delete(row))));
  return {
    signer: { ...(await keySigner(kept, algorithms)), reset: async () => void (await ifStill(kept, remove)) },
    persistence: 'indexeddb',
    keyState,
    notes,
    note: (value) => ifStill(kept, (store) => promisifyRequest(store.put(value, [name]))),
    isCurrent: async () => idOf(await inStore(read)) === idOf(kept),
  };
}

// As text: whatever script has put there can be compared.
const idOf = (pair: StoredPair | undefined) => String(pair?.id);

const keepsNoKeys = () => new DOMException('IndexedDB keeps no keys', 'DataCloneError');
