// What is asked of the platform: crypto, IndexedDB, the network. Nothing of it depends on the machine.
const WATCHED = [
  [SubtleCrypto.prototype, { sign: 'sign', verify: 'verify', digest: 'digest', exportKey: 'exportKey', importKey: 'importKey', generateKey: 'generateKey' }],
  [IDBFactory.prototype, { open: 'IndexedDB open' }],
  [IDBObjectStore.prototype, {
    get: 'IndexedDB read', getAll: 'IndexedDB read', getKey: 'IndexedDB read', getAllKeys: 'IndexedDB read', openCursor: 'IndexedDB read',
    put: 'IndexedDB write', add: 'IndexedDB write', delete: 'IndexedDB write',
  }],
  [globalThis, { fetch: 'request' }],
];

/** Counts from now on; gives the function that ends it and tells. */
export function startCounting() {
  const counts = {};
  const restore = WATCHED.flatMap(([owner, names]) =>
    Object.entries(names).map(([method, name]) => {
      const descriptor = Object.getOwnPropertyDescriptor(owner, method);
      counts[name] = 0;
      const value = function count(...given) {
        counts[name] += 1;
        return Reflect.apply(descriptor.value, this, given);
      };
      Object.defineProperty(owner, method, { ...descriptor, value });
      return () => Object.defineProperty(owner, method, descriptor);
    }),
  );
  return () => {
    for (const each of restore) each();
    return counts;
  };
}

/** What one run takes, on the average of so many. */
export async function counting(times, run) {
  const stop = startCounting();
  for (let done = 0; done < times; done += 1) await run();
  return Object.fromEntries(Object.entries(stop()).map(([name, count]) => [name, count / times]));
}
