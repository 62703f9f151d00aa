/** What the samples in the documents take from the reader's own app. */

import type { Keybound } from '../../src/index.ts';
import type { AccessTokenClaims, ResourceServer, ResourceServerOptions, TrustedIssuer } from '../../src/resource-server.ts';

declare global {
  /** Logs in at the authorization server, and sends the token request with the fetch that it is given. */
  function logIn(fetch: typeof globalThis.fetch): Promise<{ access_token: string; token_type: string }>;

  /** The reader's Keybound, as the first sample of README makes it. */
  const keybound: Keybound;

  /** The authorization servers that the reader's API trusts. */
  const issuers: readonly TrustedIssuer[];

  /** The reader's Express app. */
  const app: {
    use(handler: (request: unknown, response: { set(headers: Record<string, string>): void }, next: () => void) => void): void;
  };
  /** The reader's resource server, as README makes it. */
  const resourceServer: ResourceServer;

  /** What the reader's resource server was made of, and what clients and pages are. */
  const serverOptions: ResourceServerOptions;
  const publicUrl: string;
  const pageOrigin: string;

  /** What the reader's API answers to a request that is allowed, with these headers. */
  function answer(claims: AccessTokenClaims, headers: Headers): Response;
}
