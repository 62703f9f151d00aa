/** `localStorage` and `sessionStorage` for code that runs in Node, where there are none. */

/** Puts both in place, empty; what it gives takes them away. */
export function installStorage(): () => void {
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
  return () => names.forEach((name) => Reflect.deleteProperty(globalThis, name));
}
