/** The send path: the one place that attaches a proof and the only one that calls the network. */

import { KeyboundError } from '../protocol/errors.ts';
import { targetUri } from '../protocol/target-uri.ts';
import { decide, isNonceChallenge } from './decide.ts';
import type { Emit } from './events.ts';
import { learnNonce, type Nonces, type ServerRole } from './nonces.ts';
import type { ProofRequest } from './signer.ts';

type Fetch = typeof globalThis.fetch;

/** What the send path needs of its Keybound. */
export interface Session {
  readonly nonces: Nonces;
  readonly emit: Emit;
  /** The injected fetch; the global one is looked up at call time. */
  readonly fetch: Fetch;
  /** The `ath` of a token. */
  hash(accessToken: string): Promise<string>;
  /** A fresh proof, or an error where the key is gone. */
  prove(request: ProofRequest, signal: AbortSignal): Promise<string>;
}

/**
 * The request that a call stands for, as fetch would read it (init wins over Request), but never following redirects:
 * a followed one would carry the proof to other URLs and origins.
 *
 * @throws TypeError for `no-cors`, which drops headers silently, and where the caller set a `DPoP` header.
 */
export function readRequest(input: RequestInfo | URL, init?: RequestInit): Request {
  // Rebuilding a Request forgets these two; everything else it carries over.
  const { referrer, referrerPolicy } = input as Partial<Request>;
  const kept = { referrer, referrerPolicy } as RequestInit;
  const request = new Request(input, { ...kept, ...init, redirect: 'manual' });
  if (request.mode === 'no-cors') throw new TypeError("'no-cors' cannot carry a proof");
  if (request.headers.has('DPoP')) throw new TypeError('Leave the DPoP header to Keybound');
  return request;
}

/** Sends a request with a proof, and again where the server asks for another nonce. The Response comes back, whatever its status. */
export async function send(session: Session, request: Request, role: ServerRole, accessToken?: string): Promise<Response> {
  const { nonces, emit } = session;
  const { method, signal } = request;
  const server = `${role} ${new URL(request.url).origin}` as const;
  const url = targetUri(request.url);
  const ath = accessToken && (await session.hash(accessToken));
  const tried = new Set<string | undefined>();
  for (let nonce = nonces.get(server); ; ) {
    tried.add(nonce);
    // A clone each time: the original keeps its body whole for the next attempt.
    const attempt = request.clone();
    attempt.headers.set('DPoP', await session.prove({ htm: method, htu: url, ath, nonce }, signal));
    if (accessToken) attempt.headers.set('Authorization', `DPoP ${accessToken}`);
    emit('proof', { method, url, attempt: tried.size, nonce: !!nonce, ath: !!ath });
    const response = refuseRedirect(await session.fetch(attempt), url);
    const learned = learnNonce(nonces, server, response);
    const challenged = await isNonceChallenge(response, role);
    if (challenged) emit('challenge', { url, role, status: response.status });
    const next = decide({ challenged, nonce: learned, tried });
    if (!next) return response;
    void response.body?.cancel();
    emit('retry', { url, attempt: tried.size + 1, reason: 'nonce' });
    nonce = next.retryWithNonce;
  }
}

/**
 * Passes an answer on, unless it redirects. Browsers hide where to, so that nobody can follow it with a new proof.
 *
 * @throws KeyboundError `redirected`.
 */
export function refuseRedirect(response: Response, url: string): Response {
  const { type, status, headers } = response;
  if (type === 'opaqueredirect' || (status > 300 && status < 400 && headers.has('Location')))
    throw new KeyboundError('redirected', url);
  return response;
}
