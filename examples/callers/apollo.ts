import { ApolloClient, HttpLink, InMemoryCache, ServerError } from '@apollo/client';
import { RetryLink } from '@apollo/client/link/retry';

// Nonces and new tokens were tried by then: an answer below 500 stays what it is, and so does what Keybound refuses.
const isFinal = (error: Error) => ['KeyboundError', 'AbortError'].includes(error.name) || (ServerError.is(error) && error.statusCode < 500);

export function createClient(api: typeof fetch, uri: string): ApolloClient {
  const retry = new RetryLink({ attempts: { max: 3, retryIf: (error) => !isFinal(error) } });
  return new ApolloClient({ link: retry.concat(new HttpLink({ uri, fetch: api })), cache: new InMemoryCache() });
}
