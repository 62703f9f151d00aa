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

export const readStored = (name: string): Promise<CryptoKeyPair | undefined> => transact('readonly', (store) => store.get(name));

export const plant = (name: string, value: unknown): Promise<IDBValidKey> => transact('readwrite', (store) => store.put(value, name));
