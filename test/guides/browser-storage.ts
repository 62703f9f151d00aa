/** `localStorage`, `sessionStorage` and `history` for code that runs in Node, where there are none. */

/** Puts them in place, empty; what it gives takes them away. `shown` is told each URL that the address bar is to show. */
export function installStorage(shown: string[] = []): () => void {
  const names = ['localStorage', 'sessionStorage'] as const;
  for (const name of names) {
    const items = new Map<string, string>();
    const storage = {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
      removeItem: (key: string) => void items.delete(key),
    };
    Object.defineProperty(globalThis, name, { value: storage, configurable: true });
  }
  const history = { replaceState: (_state: unknown, _title: string, url: string) => void shown.push(url) };
  Object.defineProperty(globalThis, 'history', { value: history, configurable: true });
  return () => [...names, 'history'].forEach((name) => Reflect.deleteProperty(globalThis, name));
}
