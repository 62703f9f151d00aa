/** What the samples in the documents take from the reader's own app. */

import type { Express } from 'express';
import type { TokenRequest } from '../../src/authorization-server.ts';
import type { Keybound, Token } from '../../src/index.ts';
import type { AccessTokenClaims, ResourceServer, ResourceServerOptions, TrustedIssuer } from '../../src/resource-server.ts';

declare global {
  /** Logs in at the authorization server, and sends the token request with the fetch that it is given. */
  function logIn(fetch: typeof globalThis.fetch): Promise<{ access_token: string; token_type: string }>;

  /** The login of docs/guides/login.md. */
  function createLogin(keybound: Keybound, settings: {
    readonly issuer: string;
    readonly clientId: string;
    readonly redirectUri: string;
    readonly scope: string;
    readonly parameters?: Record<string, string>;
  }): Promise<{
    begin(): Promise<string>;
    finish(url: URL): Promise<void>;
    renew(): Promise<void>;
    token(): Token | undefined;
    end(): Promise<void>;
  }>;

  /** The reader's Keybound, as the first sample of README makes it. */
  const keybound: Keybound;

  /** What the reader's issuer knows of a code or a refresh token, which it does not use up yet. */
  function findGrant(form: URLSearchParams): Promise<ReaderGrant | undefined>;
  /** Uses up the form's code or refresh token, and gives another refresh token; undefined where it is used up already. */
  function replaceGrant(form: URLSearchParams, grant: ReaderGrant): Promise<string | undefined>;
  /** Signs an access token, as the reader's issuer has always done. */
  function signAccessToken(claims: Record<string, unknown>): Promise<string>;

  /** The token endpoint of docs/guides/bind.md. */
  function answerToken(request: TokenRequest, form: URLSearchParams): Promise<Response>;

  interface ReaderGrant {
    readonly claims: Record<string, unknown>;
    readonly jkt?: string;
  }

  /** The authorization servers that the reader's API trusts. */
  const issuers: readonly TrustedIssuer[];

  /** The reader's Express app. */
  const app: Express;
  /** The reader's resource server, as README makes it. */
  const resourceServer: ResourceServer;

  /** What the reader's resource server was made of, and what clients and pages are. */
  const serverOptions: ResourceServerOptions;
  const publicUrl: URL;
  const pageOrigin: string;

  /** What the reader's API answers to a request that is allowed, with these headers. */
  function answer(claims: AccessTokenClaims, headers: Headers): Response;
  /** What it does for what comes over a socket, and says to it. */
  function answerMessage(claims: AccessTokenClaims, text: string): string;
}
