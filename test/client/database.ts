/** The SDK's database as hostile script of the page sees it: by its name, without the SDK. */

async function transact<Result>(mode: IDBTransactionMode, use: (store: IDBObjectStore) => IDBRequest<Result>): Promise<Result> {
  const opening = indexedDB.open('keybound');
  opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore('keys'));
  const database = await settled(opening);
  try {
    return await settled(use(database.transaction('keys', mode).objectStore('keys')));
  } finally {
    database.close();
  }
}

/** The result of a request. A `blocked` one fails: somebody keeps a connection open. */
export function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('no error given')));
    request.addEventListener('blocked', () => reject(new Error('blocked')));
  });
}

/** Deletes the database, as whoever clears a site's data does; fails (by the test's patience) where somebody stays in it. */
export function wipe(): Promise<unknown> {
  const deleting = indexedDB.deleteDatabase('keybound');
  // `blocked` says only that a transaction is still under way.
  return new Promise((resolve, reject) => {
    deleting.addEventListener('success', resolve);
    deleting.addEventListener('error', () => reject(deleting.error!));
  });
}

export const readStored = (name: string): Promise<CryptoKeyPair | undefined> => transact('readonly', (store) => store.get(name));

export const plant = (row: IDBValidKey, value: unknown): Promise<IDBValidKey> => transact('readwrite', (store) => store.put(value, row));

/** The rows that are there. */
export const readRows = (): Promise<IDBValidKey[]> => transact('readonly', (store) => store.getAllKeys());

/** What was noted beside a key. */
export const readNotes = (name: string): Promise<unknown> => transact('readonly', (store) => store.get([name]) as IDBRequest<unknown>);

export const removeRow = (row: IDBValidKey): Promise<undefined> => transact('readwrite', (store) => store.delete(row));

/**
 * Keeps all others out of the database, as an upgrade in another tab does that never ends: until `release`, which
 * undoes it.
 */
export async function holdDatabase(): Promise<{ release(): Promise<void> }> {
  const { version } = await settledVersion();
  const opening = indexedDB.open('keybound', version + 1);
  await new Promise((resolve) => opening.addEventListener('upgradeneeded', resolve, { once: true }));
  const { transaction } = opening;
  const ended = new Promise<void>((resolve) => opening.addEventListener('error', () => resolve(), { once: true }));
  // A transaction lives while something is asked of it.
  const stay = () => transaction!.objectStore('keys').count().addEventListener('success', stay, { once: true });
  stay();
  return {
    release() {
      transaction!.abort();
      return ended;
    },
  };
}

async function settledVersion(): Promise<IDBDatabase> {
  const opening = indexedDB.open('keybound');
  opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore('keys'));
  const database = await settled(opening);
  database.close();
  return database;
}
