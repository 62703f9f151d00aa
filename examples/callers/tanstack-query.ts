import { QueryClient, type QueryOptions } from '@tanstack/query-core';

/** An answer that is none of the good ones: query functions have to throw it. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  constructor(readonly status: number) {
    super(`HTTP ${status}`);
  }
}

// Nonces and new tokens were tried by then: an answer below 500 stays what it is, and so does what Keybound refuses.
const isFinal = (error: Error) => error.name === 'KeyboundError' || (error instanceof HttpError && error.status < 500);

export function createQueryClient(): QueryClient {
  return new QueryClient({ defaultOptions: { queries: { retry: (failures, error) => failures < 3 && !isFinal(error) } } });
}

export function ordersQuery(api: typeof fetch, url: string): QueryOptions & { queryKey: string[] } {
  return {
    queryKey: ['orders', url],
    queryFn: async ({ signal }) => {
      const response = await api(url, { signal });
      if (!response.ok) throw new HttpError(response.status);
      return response.json() as Promise<unknown>;
    },
  };
}
