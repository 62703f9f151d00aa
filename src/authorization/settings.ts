/** The options of the authorization server, and what they become. */

import { isLoopback } from '../protocol/loopback.ts';
import { isJsonObject, isText } from '../protocol/json.ts';
import { givenOptions, hasMethods, readClock, readFunction, readNames, readNumber, readTexts } from '../stores/options.ts';
import type { ReplayStore } from '../stores/replay-store.ts';
import type { RevocationSink, RevocationSource } from '../stores/revocation.ts';
import type { NonceIssuer, NoncePolicy } from '../verifier/nonce.ts';
import { readClockTerms, readNonces, readProofAlgorithms, startProofClock } from '../verifier/options.ts';
import { guardReplayStore, guardRevocation, type GuardedReplayStore, type GuardedRevocation } from '../verifier/store-guard.ts';
import type { ProofClock } from '../verifier/proof-check.ts';
import { AccessTokens, readEncryption, type AccessTokenEncryption } from './access-token.ts';
import { createCallerCheck, type CallerCheck, type IntrospectionCaller } from './caller.ts';
import { createReport, type OnFailure, type Report } from './failure-event.ts';
import type { Authenticate } from './login.ts';
import { memoryGrantStorage, type GrantStorage } from './grant.ts';
import { readSigningKeys, type SigningKey, type SigningKeys } from './signing-key.ts';

/** A public client: an app that can keep no secret, but has a key. */
export interface Client {
  /** Its `client_id` (RFC 6749 §2.2): no other client has the same. */
  readonly clientId: string;
  /**
   * Compared letter by letter, ports of loopback hosts too (RFC 9700 §2.1). Each is https, http on a loopback host, or of
   * an app's own scheme with a dot in it (RFC 8252 §7.1), without fragment. The browser is sent to them with errors
   * before anybody has logged in: take no client that you do not trust with that (RFC 9700 §4.11.2).
   */
  readonly redirectUris: readonly string[];
}

/** What {@link createAuthorizationServer} takes. Durations are in seconds. */
export interface AuthorizationServerOptions {
  /** The issuer identifier: an https URL (loopback may be http) without query and fragment (RFC 8414 §2). */
  readonly issuer: string;
  /** The apps that may ask for codes; an empty list where tokens are only bound (`bind`) or issued directly. */
  readonly clients: readonly Client[];
  /** The `aud` of access tokens: the resource servers that accept them. */
  readonly audience: string | readonly string[];
  /** Where spent proofs are remembered: no silent default, because a fleet needs a shared one. */
  readonly replayStore: ReplayStore;
  /** Who logs in at the authorization endpoint; without it there is no such endpoint, only `authorize`. */
  readonly authenticate?: Authenticate;
  /** Takes only authorization requests that were pushed (RFC 9126 §4). Default: false. */
  readonly requirePushedRequests?: boolean;
  /** The resource servers that may ask about access tokens; without any there is no introspection endpoint (RFC 7662). */
  readonly introspectionCallers?: readonly IntrospectionCaller[];
  /**
   * Where access tokens are revoked; without it revocation reaches refresh tokens only. Where it can be read too, as
   * introspection needs it, grants whose user, session, client or key is on it end as well.
   */
  readonly revocation?: RevocationSink & Partial<RevocationSource>;
  /** Where codes and refresh tokens are kept; default: this process's memory. */
  readonly storage?: GrantStorage;
  /** What access tokens are signed with; a function can rotate them. Default: a new ES256 key. */
  readonly signingKeys?: SigningKeys;
  /** Encrypts access tokens for the resource server. Default: they are signed only. */
  readonly encryption?: AccessTokenEncryption;
  /** What is demanded beside the proof's claims. Default: `window`, with a secret of this process. */
  readonly nonce?: NoncePolicy;
  /** The signature algorithms of proofs. Default: Ed25519, EdDSA (its older name) and ES256. */
  readonly proofAlgorithms?: readonly string[];
  /** How long access tokens live: 1 to 31,536,000. Default: 300. */
  readonly accessTokenLifetimeSeconds?: number;
  /** From login, however often the refresh token is rotated: 1 to 31,536,000. Default: 86,400. */
  readonly refreshTokenLifetimeSeconds?: number;
  /** How long a code may wait to be redeemed: 1 to 31,536,000. Default: 60 (RFC 6749 §4.1.2: at most 600). */
  readonly codeLifetimeSeconds?: number;
  /** From the push until the user has logged in: 1 to 31,536,000. Default: 300. */
  readonly pushedRequestLifetimeSeconds?: number;
  /** How old a proof may be by its `iat`, 1 to 86,400; of no effect where nonces are demanded. Default: 60. */
  readonly maxAgeSeconds?: number;
  /**
   * How far clocks may differ, for proofs and nonces: 0 to 300. Default: 10. Where no nonces are demanded, 5 or more: Keybound's
   * clients take what is less for the network's delay, so that one that is ahead by it would be refused for ever.
   */
  readonly clockToleranceSeconds?: number;
  /** The longest proof, 1 to 1,048,576. Default: 8192. */
  readonly maxProofBytes?: number;
  /** How long the replay store, and reading the revocation list, may take before the answer is 503: 0.001 to 60. Default: 1. */
  readonly storeTimeoutSeconds?: number;
  /** Hears of every answer that a failure of this server made 503 or `server_error`. What it throws is dropped. Default: nobody. */
  readonly onFailure?: OnFailure;
  /** The clock, in seconds since 1970. Default: the system's. */
  readonly nowSeconds?: () => number;
}

/** Options with their defaults, and what is made of them once. */
export interface Settings {
  readonly issuer: string;
  readonly endpoints: Endpoints;
  readonly clients: ReadonlyMap<string, Client>;
  readonly authenticate: Authenticate | undefined;
  readonly accessTokens: AccessTokens;
  readonly encrypted: boolean;
  readonly keys: () => Promise<readonly SigningKey[]>;
  readonly requirePushedRequests: boolean;
  readonly checkCaller: CallerCheck | undefined;
  readonly storage: GrantStorage;
  readonly revocation: RevocationSink | undefined;
  /** The same list, to be read. */
  readonly revoked: GuardedRevocation | undefined;
  readonly replayStore: GuardedReplayStore;
  readonly nonces: NonceIssuer | undefined;
  readonly proofAlgorithms: readonly string[];
  readonly maxProofBytes: number;
  readonly accessTokenLifetimeSeconds: number;
  readonly refreshTokenLifetimeSeconds: number;
  readonly codeLifetimeSeconds: number;
  readonly pushedRequestLifetimeSeconds: number;
  readonly report: Report;
  readonly nowSeconds: () => number;
  readonly clock: () => ProofClock;
}

/** Where the authorization server is reached: absolute URLs below its issuer. */
export interface Endpoints {
  /** The metadata document (RFC 8414 §3): the well-known path, with the issuer's own behind it. */
  readonly metadata: string;
  /** Where browsers are sent to log in (RFC 6749 §3.1); 404 without `authenticate`. */
  readonly authorization: string;
  /** Where clients push authorization requests (RFC 9126); 404 without `authenticate`. */
  readonly pushedRequest: string;
  /** Where codes and refresh tokens are redeemed (RFC 6749 §3.2), with a proof (RFC 9449 §5). */
  readonly token: string;
  /** Where clients revoke their tokens (RFC 7009). */
  readonly revocation: string;
  /** Where resource servers ask about tokens (RFC 7662); 404 without `introspectionCallers`. */
  readonly introspection: string;
  /** The key set that access tokens are verified with (RFC 7517 §5). */
  readonly jwks: string;
}

/** @throws TypeError where an option is missing or cannot work. */
export function readOptions(given: AuthorizationServerOptions): Settings {
  const options = givenOptions(given);
  const { issuer } = options;
  const endpoints = endpointsOf(issuer);
  const nowSeconds = readClock(options);
  const terms = readClockTerms(options);
  const audience = isText(options.audience) ? options.audience : readNames(options.audience, 'audience');
  const encryption = readEncryption(options.encryption);
  const replayStore = guardReplayStore(options.replayStore, terms.storeTimeoutSeconds);
  const keys = readSigningKeys(options.signingKeys);
  return {
    ...readLifetimes(options),
    issuer,
    endpoints,
    clients: readClients(options.clients),
    proofAlgorithms: readProofAlgorithms(options.proofAlgorithms),
    accessTokens: new AccessTokens({ issuer, audience, keys, encryption }),
    encrypted: encryption !== undefined,
    keys,
    ...readAuthorization(options),
    ...readRevocation(options, terms.storeTimeoutSeconds),
    replayStore,
    storage: readStorage(options.storage) ?? memoryGrantStorage({ nowSeconds }),
    nonces: readNonces(options.nonce, 'authorization-server', replayStore),
    maxProofBytes: readNumber(options, 'maxProofBytes', { fallback: 8192, min: 1, max: 1_048_576, isWhole: true }),
    report: createReport(options.onFailure),
    nowSeconds,
    clock: startProofClock(nowSeconds, terms),
  };
}

function readStorage(storage: GrantStorage | undefined): GrantStorage | undefined {
  if (storage === undefined || hasMethods(storage, 'get', 'put')) return storage;
  throw new TypeError('storage must have the methods get and put');
}

function readAuthorization(options: AuthorizationServerOptions) {
  const authenticate = readFunction(options, 'authenticate');
  const { requirePushedRequests = false } = options;
  if (requirePushedRequests && !authenticate) throw new TypeError('requirePushedRequests needs authenticate');
  return { authenticate, requirePushedRequests };
}

// Whoever introspects relies on the answer: a list that cannot be read would make `active` a guess (RFC 7662 §4).
function readRevocation({ revocation, introspectionCallers = [] }: AuthorizationServerOptions, timeoutSeconds: number) {
  if (revocation !== undefined && !hasMethods(revocation, 'revoke')) throw new TypeError('revocation must have a method revoke');
  if (!Array.isArray(introspectionCallers)) throw new TypeError('introspectionCallers must be a list');
  const source = revocation && readFunction(revocation, 'check', { of: 'revocation' }) && (revocation as RevocationSource);
  if (introspectionCallers.length && revocation && !source) throw new TypeError('introspection needs revocation.check');
  return {
    revocation,
    revoked: source && guardRevocation(source, timeoutSeconds),
    checkCaller: introspectionCallers.length ? createCallerCheck(introspectionCallers) : undefined,
  };
}

const aYear = 365 * 86_400;

function readLifetimes(options: AuthorizationServerOptions) {
  const read = (name: LifetimeOption, fallback: number) => readNumber(options, name, { fallback, min: 1, max: aYear });
  return {
    accessTokenLifetimeSeconds: read('accessTokenLifetimeSeconds', 300),
    refreshTokenLifetimeSeconds: read('refreshTokenLifetimeSeconds', 86_400),
    codeLifetimeSeconds: read('codeLifetimeSeconds', 60),
    pushedRequestLifetimeSeconds: read('pushedRequestLifetimeSeconds', 300),
  };
}

type LifetimeOption =
  | 'accessTokenLifetimeSeconds' | 'refreshTokenLifetimeSeconds' | 'codeLifetimeSeconds' | 'pushedRequestLifetimeSeconds';

function readClients(clients: readonly Client[]): ReadonlyMap<string, Client> {
  if (!Array.isArray(clients)) throw new TypeError('clients must be a list');
  const known = new Map<string, Client>();
  for (const client of clients as readonly Client[]) {
    if (!isJsonObject(client)) throw new TypeError('clients[] must be an object');
    const { clientId } = client;
    if (!isText(clientId)) throw new TypeError('clients[].clientId must be text that is not empty');
    if (known.has(clientId)) throw new TypeError(`clients names ${clientId} twice`);
    const redirectUris = readTexts(client.redirectUris, 'clients[].redirectUris');
    const wrong = redirectUris.find((uri) => !isRedirectUri(uri));
    if (wrong !== undefined) throw new TypeError(`clients: ${wrong} is no redirect URI: https, http on loopback, or an app's own scheme`);
    known.set(clientId, { clientId, redirectUris });
  }
  return known;
}

// Absolute and without fragment (RFC 6749 §3.1.2), never http (RFC 9700 §2.6); an app's scheme has a dot (RFC 8252 §7.1).
function isRedirectUri(uri: string): boolean {
  const url = URL.canParse(uri) && !uri.includes('#') ? new URL(uri) : undefined;
  return url !== undefined && (isSecure(url) || /^[a-z][a-z\d+-]*\./.test(url.protocol));
}

function isSecure({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

// RFC 8414 §3.1: the well-known path goes between the host and the issuer's own path.
function endpointsOf(issuer: string): Endpoints {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (!url || !isSecure(url) || /[?#]/.test(issuer)) throw new TypeError('issuer must be an https URL without query and fragment');
  const path = url.pathname.replace(/\/$/, '');
  const base = url.origin + path;
  return {
    metadata: `${url.origin}/.well-known/oauth-authorization-server${path}`,
    authorization: `${base}/authorize`,
    pushedRequest: `${base}/par`,
    token: `${base}/token`,
    revocation: `${base}/revoke`,
    introspection: `${base}/introspect`,
    jwks: `${base}/jwks`,
  };
}
