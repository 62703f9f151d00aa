import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink, type TRPCClient } from '@trpc/client';
import { EventSource } from 'eventsource';
import type { AppRouter } from './trpc-router.ts';

export function createClient(api: typeof fetch, url: string): TRPCClient<AppRouter> {
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        // Server-sent events. Each time the connection is made anew, it is with a new proof.
        true: httpSubscriptionLink({ url, EventSource, eventSourceOptions: () => ({ fetch: api }) }),
        false: httpBatchLink({ url, fetch: (input, init) => api(input, init as RequestInit) }),
      }),
    ],
  });
}
