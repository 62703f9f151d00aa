import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { RetryLink } from '@apollo/client/link/retry';

export function createClient(api: typeof fetch, uri: string): ApolloClient {
  const retry = new RetryLink({ attempts: { max: 3, retryIf: (error) => error.name !== 'KeyboundError' } });
  return new ApolloClient({ link: retry.concat(new HttpLink({ uri, fetch: api })), cache: new InMemoryCache() });
}
