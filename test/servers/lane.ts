/** A lane: a server on an origin of its own, for one test, that behaves as that test says. */

import { setTimeout as pause } from 'node:timers/promises';
import { sendResponse } from '../../src/resource-server.ts';
import type { Certificate } from './certificate.ts';
import { cutOff, listen, listenHttp2, toRequest, type Listening, type Message, type MessageResponse } from './listen.ts';
import { createNonces, type NonceRegime } from './nonce-regime.ts';
import { checkProof, peek } from './proof-check.ts';
import { Turnstile } from './turnstile.ts';

/** How a lane behaves. */
export interface LaneOptions {
  readonly protocol: 'HTTP/1.1' | 'HTTP/2';
  /** The key that the lane's first access token is bound to. */
  readonly jkt: string;
  readonly nonces: NonceRegime;
  /** Between a request's check, which is at its arrival, and its answer. Default 0. */
  readonly delaySeconds?: number;
  /** After so many requests, no answer leaves before so many more have arrived. */
  readonly hold?: { readonly after: number; readonly more: number };
  /** What becomes of the first request instead of an answer: it is left hanging, or its connection ends. */
  readonly first?: 'hang' | 'reset';
  /** The error (`invalid_grant`, say) that answers each good proof, whatever its nonce; nonces still come with it. */
  readonly error?: string;
  /** The first access token is refused as invalid_token; those that /token gives are good. Default false. */
  readonly staleToken?: boolean;
  /** How far the server's clock is ahead of the true one. Default 0. */
  readonly clockAheadSeconds?: number;
  /** The names of algorithms that it takes in a proof's header, and lists in its challenges. Default Ed25519 and ES256. */
  readonly algorithms?: readonly string[];
  /** The headers that CORS lets pages read. Default {@link exposedHeaders}. */
  readonly exposed?: readonly string[];
}

/** What a careful server exposes. */
export const exposedHeaders: readonly string[] = ['DPoP-Nonce', 'WWW-Authenticate', 'Date'];

/** As an authorization server it answers POST to /token; everything else is a resource. */
export type Role = 'AS' | 'RS';

/** One request as the lane saw it. Preflights are none. */
export interface Sighting {
  readonly role: Role;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** As Node names it: `1.1`, `2.0`. */
  readonly httpVersion: string;
  /** Requests without an answer when this one arrived, itself included. */
  readonly inFlight: number;
  /** What the proof's header names. */
  readonly alg: unknown;
  readonly iat: number | undefined;
  readonly jti: string | undefined;
  /** Which of the role's nonces the proof carries, counted from 0; `foreign`: one that this role never gave. */
  readonly nonce: number | 'foreign' | undefined;
  /** `ok`, `redirected`, or the error that it was answered with; `pending` where it has no answer (yet). */
  outcome: string;
  /** What was wrong with the proof or the token. */
  why?: string;
}

/** What a lane has seen, in the order of arrival. */
export interface LaneReport {
  readonly requests: readonly Sighting[];
  readonly preflights: number;
}

/** See {@link openLane}. */
export interface Lane {
  readonly origin: string;
  /** Bound to the key that the options name. */
  readonly accessToken: string;
  report(): LaneReport;
  /** Resolves once so many requests have arrived. */
  arrived(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A status, an error where it is one, and the members of the answer's body. */
type Verdict = { readonly error?: string; readonly why?: string; readonly body?: object };

/** Opens a lane on a free port. `GET /redirect?to=<URL>` answers 307, unchecked; a resource answers with what it was sent. */
export async function openLane(options: LaneOptions, certificate: Certificate): Promise<Lane> {
  const { delaySeconds = 0, hold, clockAheadSeconds = 0, algorithms = ['Ed25519', 'ES256'], exposed = exposedHeaders } = options;
  const nonces = { AS: createNonces(options.nonces), RS: createNonces(options.nonces) };
  const spent = new Set<unknown>();
  /** The thumbprint that each token is bound to. */
  const tokens = new Map<string, string>();
  const requests: Sighting[] = [];
  const arrivals = new Turnstile();
  let preflights = 0;
  let inFlight = 0;

  const now = () => Date.now() / 1000 + clockAheadSeconds;
  const issueToken = (jkt: string) => {
    const token = crypto.randomUUID();
    tokens.set(token, jkt);
    return token;
  };
  const accessToken = options.staleToken ? crypto.randomUUID() : issueToken(options.jkt);

  function see(message: Message): Sighting {
    const { method = '', url: path = '', httpVersion } = message;
    const role = method === 'POST' && path === '/token' ? 'AS' : 'RS';
    const { alg, iat, jti, nonce } = peek(message.headers.dpop?.toString() ?? null) ?? {};
    const known = nonce === undefined ? undefined : (nonces[role].indexOf(nonce) ?? 'foreign');
    const sighting: Sighting = { role, method, path, httpVersion, inFlight, alg, iat, jti, nonce: known, outcome: 'pending' };
    requests.push(sighting);
    return sighting;
  }

  async function judge(request: Request, role: Role): Promise<Verdict> {
    const proof = request.headers.get('DPoP') ?? '';
    const token = /^DPoP (\S+)$/.exec(request.headers.get('Authorization') ?? '')?.[1];
    if (role === 'RS' && token === undefined) return { error: 'invalid_token', why: 'there is none' };
    let jkt: string;
    try {
      jkt = await checkProof(proof, { request, accessToken: token, nowSeconds: now(), algorithms, spent });
    } catch (problem) {
      return { error: 'invalid_dpop_proof', why: (problem as Error).message };
    }
    if (options.error) return { error: options.error };
    if (!nonces[role].accept(peek(proof)?.nonce)) return { error: 'use_dpop_nonce' };
    if (role === 'AS') return { body: { access_token: issueToken(jkt), token_type: 'DPoP', expires_in: 300, refresh_token: 'again' } };
    if (tokens.get(token!) !== jkt) return { error: 'invalid_token', why: tokens.has(token!) ? 'it is bound to another key' : 'it is stale' };
    return { body: { method: request.method, body: await request.text() } };
  }

  function answer({ role }: Sighting, { error, body = { error } }: Verdict): Response {
    const headers = new Headers({
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Expose-Headers': exposed.join(', '),
      'Cache-Control': 'no-store',
      Date: new Date(now() * 1000).toUTCString(),
    });
    const nonce = nonces[role].forAnswer();
    if (nonce) headers.set('DPoP-Nonce', nonce);
    if (error && role === 'RS') headers.set('WWW-Authenticate', `DPoP error="${error}", algs="${algorithms.join(' ')}"`);
    const failure = role === 'RS' ? 401 : 400;
    return Response.json(body, { status: error ? failure : 200, headers });
  }

  async function serve(message: Message, response: MessageResponse, origin: string): Promise<void> {
    if (message.method === 'OPTIONS') {
      preflights += 1;
      return sendResponse(response, preflightAnswer());
    }
    inFlight += 1;
    let isGone = false;
    response.once('close', () => {
      isGone = true;
      inFlight -= 1;
    });
    const sighting = see(message);
    const order = arrivals.pass();
    const isFirst = order === 1;
    const request = await toRequest(message, origin);
    if (isFirst && options.first === 'hang') return;
    if (isFirst && options.first === 'reset') return cutOff(message);
    const { pathname, searchParams } = new URL(request.url);
    const isRedirect = pathname === '/redirect';
    const verdict = isRedirect ? {} : await judge(request, sighting.role);
    if (hold && order > hold.after) await arrivals.reached(hold.after + hold.more);
    await pause(delaySeconds * 1000);
    // Who has given up gets no answer: no nonce is spent on it.
    if (isGone) return;
    const { error, why } = verdict;
    Object.assign(sighting, { outcome: isRedirect ? 'redirected' : (error ?? 'ok'), ...(why && { why }) });
    await sendResponse(response, isRedirect ? redirectTo(searchParams.get('to')!) : answer(sighting, verdict));
  }

  const listening: Listening = options.protocol === 'HTTP/2' ? await listenHttp2(serve, certificate) : await listen(serve);
  return {
    ...listening,
    accessToken,
    report: () => ({ requests, preflights }),
    arrived: (count) => arrivals.reached(count),
  };
}

function preflightAnswer(): Response {
  const headers = {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'Access-Control-Allow-Headers': 'authorization, dpop, content-type',
    'Access-Control-Max-Age': '86400',
  };
  return new Response(null, { status: 204, headers });
}

function redirectTo(location: string): Response {
  return new Response(null, { status: 307, headers: { Location: location, 'Access-Control-Allow-Origin': '*' } });
}
