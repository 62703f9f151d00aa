import createOpenApiClient, { type Client } from 'openapi-fetch';

export function createClient<Paths extends {}>(api: typeof fetch, baseUrl: string): Client<Paths> {
  return createOpenApiClient<Paths>({ baseUrl, fetch: api });
}
