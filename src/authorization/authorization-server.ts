/** The authorization server: its endpoints behind one `fetch`, and the same powers as methods. */

import type { JSONWebKeySet } from 'jose';
import { isSha256 } from '../protocol/base64url.ts';
import { newTokenId } from './access-token.ts';
import { authorizationEndpoint } from './authorization-endpoint.ts';
import { bind, type BindDecision, type TokenRequest } from './bind.ts';
import { issueCode } from './codes.ts';
import type { AuthorizeParameters } from './grant.ts';
import { introspectionEndpoint } from './introspection-endpoint.ts';
import { metadata } from './metadata.ts';
import { pushedRequestEndpoint } from './pushed-request-endpoint.ts';
import { asRefusal, refusalResponse, uncacheable } from './refusal.ts';
import { revocationEndpoint, revokeToken } from './revocation-endpoint.ts';
import { readOptions, type AuthorizationServerOptions, type Endpoints, type Settings } from './settings.ts';
import { publicKeySet } from './signing-key.ts';
import { tokenEndpoint } from './token-endpoint.ts';

/** What an access token that is issued directly shall say. Times are in seconds since 1970. */
export interface IssueParameters {
  /** The user: the `sub` of the token. */
  readonly sub: string;
  /** The app: its `client_id`. It need not be one of `clients`. */
  readonly clientId: string;
  /** The key that the token is bound to: `jkt` of a {@link BindDecision}. */
  readonly jkt: string;
  /** What the token is good for, names with spaces between them (RFC 6749 §3.3). Default: no `scope`. */
  readonly scope?: string;
  /** The session, by which its tokens can be revoked together. Default: no `sid`. */
  readonly sid?: string;
  /** When it is issued: its `iat`. Default: now. The lifetime counts from here. */
  readonly issuedAtSeconds?: number;
}

/** An access token that was issued directly. */
export interface IssuedToken {
  /** The compact JWT (RFC 9068), or the JWE around it where tokens are encrypted. */
  readonly accessToken: string;
  /** Its name, by which it can be revoked. */
  readonly jti: string;
  /** When it ends: its `exp`, in seconds since 1970. */
  readonly expiresAtSeconds: number;
}

/** An authorization server for the demo, tests and small systems. Its methods work detached. */
export interface AuthorizationServer {
  readonly issuer: string;
  readonly endpoints: Endpoints;
  /**
   * Serves metadata (RFC 8414), the key set, authorization and pushed requests (RFC 9126; both where `authenticate` is
   * given), token, revocation (RFC 7009) and introspection (RFC 7662; where `introspectionCallers` are) by the path of the
   * URL; 404 for the rest. Never rejects, and reads at most 64 KiB of a body. It does not answer CORS preflights
   * (`createCors` of the resource server fits) and does not limit rates: that is for the server around it.
   */
  fetch(request: Request): Promise<Response>;
  /**
   * Checks and spends the proof of a token request (RFC 9449 §5), for an issuer that signs its tokens itself: it adds
   * `cnf` to the token and answers `token_type: "DPoP"`. Never rejects.
   *
   * `htu` is compared with `request.url`: behind a proxy, pass `{ method, url, headers }` with the public URL. It does not
   * look at the body: grant, client and whether a code is bound to another key (`dpop_jkt`) are the issuer's to check.
   * Anybody can sign with a key of their own, and what is spent takes room in the replay store: limit the rate.
   */
  bind(request: TokenRequest): Promise<BindDecision>;
  /**
   * Makes a single-use authorization code for a user whom the embedding app has authenticated.
   *
   * @throws TypeError where the client or its redirect URI is unknown, or a hash or a time is malformed;
   * whatever the storage rejects with.
   */
  authorize(login: AuthorizeParameters): Promise<string>;
  /**
   * Signs an access token without a grant behind it: no refresh token, no family. It checks nothing about the key: pass
   * the `jkt` of a proof that was verified.
   *
   * @throws TypeError where `jkt` is no thumbprint.
   */
  issue(token: IssueParameters): Promise<IssuedToken>;
  /**
   * Revokes a refresh token with its family, or one access token, and resolves when resource servers that read the
   * revocation list see it. An unknown or expired token is no error.
   *
   * @throws whatever the stores reject with: the token may still be good then.
   */
  revoke(token: string): Promise<void>;
  /** The public keys that access tokens are verified with. */
  jwks(): Promise<JSONWebKeySet>;
}

/**
 * Creates an authorization server that binds every token to the key of its client (RFC 9449): authorization code with
 * PKCE and `dpop_jkt`, pushed requests, rotated refresh tokens, revocation, introspection. It needs Request, Response and SubtleCrypto only.
 *
 * @throws TypeError where an option is missing or cannot work.
 */
export function createAuthorizationServer(options: AuthorizationServerOptions): AuthorizationServer {
  const settings = readOptions(options);
  const { issuer, endpoints } = settings;
  const jwks = async () => publicKeySet(await settings.keys());
  return {
    issuer,
    endpoints,
    fetch: createRouter(settings, jwks),
    bind: (request) => bind(request, settings),
    authorize: async (login) => issueCode(login, settings),
    issue: async (token) => issue(token, settings),
    revoke: async (token) => revokeToken(token, settings),
    jwks,
  };
}

interface Route {
  readonly method: 'GET' | 'POST';
  /** Throws what it refuses. What is in `due` then goes onto the refusal, too. */
  answer(request: Request, due: Headers): Promise<Response>;
}

function createRouter(settings: Settings, jwks: () => Promise<JSONWebKeySet>) {
  const { endpoints, authenticate, checkCaller } = settings;
  const routes = new Map<string, Route & { readonly name: keyof Endpoints }>();
  const add = (name: keyof Endpoints, method: Route['method'], answer: Route['answer']) =>
    routes.set(new URL(endpoints[name]).pathname, { name, method, answer });
  add('metadata', 'GET', async () => Response.json(metadata(settings)));
  add('jwks', 'GET', async () => Response.json(await jwks()));
  add('token', 'POST', (request, due) => tokenEndpoint(request, settings, due));
  add('revocation', 'POST', (request, due) => revocationEndpoint(request, settings, due));
  if (checkCaller) add('introspection', 'POST', (request, due) => introspectionEndpoint(request, { ...settings, checkCaller }, due));
  if (authenticate) {
    add('authorization', 'GET', (request, due) => authorizationEndpoint(request, { ...settings, authenticate }, due));
    add('pushedRequest', 'POST', (request, due) => pushedRequestEndpoint(request, settings, due));
  }

  return async (request: Request): Promise<Response> => {
    const route = routes.get(new URL(request.url).pathname);
    if (!route) return new Response(null, { status: 404 });
    const { name, method, answer } = route;
    if (request.method !== method) return new Response(null, { status: 405, headers: { Allow: method } });
    const due = uncacheable();
    const refuse = (thrown: unknown) => refusalResponse(asRefusal(thrown, (cause) => settings.report(name, cause)), due);
    return answer(request, due).catch(refuse);
  };
}

async function issue(token: IssueParameters, settings: Settings): Promise<IssuedToken> {
  if (!isSha256(token.jkt)) throw new TypeError('jkt must be base64url of a SHA-256');
  const { issuedAtSeconds = settings.nowSeconds() } = token;
  const issued = Math.floor(issuedAtSeconds);
  const expiresAtSeconds = issued + settings.accessTokenLifetimeSeconds;
  const jti = newTokenId();
  const accessToken = await settings.accessTokens.sign({ ...token, jti, issuedAtSeconds: issued, expiresAtSeconds });
  return { accessToken, jti, expiresAtSeconds };
}
