import { create, type AxiosInstance } from 'axios';

export function createClient(api: typeof fetch, baseURL: string): AxiosInstance {
  // Its `User-Agent` would be one more header for CORS to allow, where browsers let it pass (Firefox, WebKit).
  return create({ baseURL, adapter: 'fetch', env: { fetch: api }, headers: { 'User-Agent': false } });
}
