/** A page's side of the board, at its own origin or, from a page that has none, at another. */

export interface Notes {
  tell(name: string, value?: unknown): Promise<void>;
  told<Value = unknown>(name: string): Promise<Value>;
}

export function notesAt(origin: string): Notes {
  return {
    async tell(name, value = true) {
      await fetch(`${origin}/board/${name}`, { method: 'POST', body: JSON.stringify(value) });
    },
    told: async (name) => (await fetch(`${origin}/board/${name}`)).json(),
  };
}
