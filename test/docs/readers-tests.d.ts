/** What the samples of docs/guides/testing.md take from the reader's own project: its test runner, and the app under test. */

declare module 'vitest';

declare module '*/shop.ts' {
  export interface Shop {
    orders(): Promise<Response>;
    close(): Promise<void>;
  }
  export function openShop(grant: URLSearchParams): Promise<Shop>;
}

declare module '*/api.ts' {
  import type { Server } from 'node:http';

  export const api: Server;
}
