import { create, type AxiosInstance } from 'axios';

export function createClient(api: typeof fetch, baseURL: string): AxiosInstance {
  return create({ baseURL, adapter: 'fetch', env: { fetch: api } });
}
