import { cacheExchange, Client, fetchExchange } from '@urql/core';

export function createClient(api: typeof fetch, url: string): Client {
  return new Client({ url, fetch: api, preferGetMethod: false, exchanges: [cacheExchange, fetchExchange] });
}
