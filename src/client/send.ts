/** The send path: the one place that attaches a proof and the only one that calls the network. */

import { KeyboundError } from '../protocol/errors.ts';
import { targetUri } from '../protocol/target-uri.ts';
import { decide, isNonceChallenge } from './decide.ts';
import type { Emit } from './events.ts';
import { learnNonce, type Nonces, type ServerRole } from './nonces.ts';
import { createProof } from './create-proof.ts';
import type { Signer } from './signer.ts';

/** What the send path needs of its Keybound. */
export interface Session {
  readonly nonces: Nonces;
  readonly emit: Emit;
  /** What sends; default the global fetch, looked up at call time. */
  readonly fetch: typeof globalThis.fetch | undefined;
  /** Gives fresh proofs, or an error where the key is gone. */
  readonly signer: Pick<Signer, 'proof'>;
}

/**
 * The request that a call stands for, as fetch would read it (init wins over Request), but never following redirects:
 * a followed one would carry the proof to other URLs and origins.
 *
 * @throws TypeError for `no-cors`, which drops headers silently, and where the caller set a header that is `ours`.
 */
export function readRequest(input: RequestInfo | URL, init: RequestInit | undefined, ours: readonly string[]): Request {
  // Rebuilding a Request forgets these (Firefox, the last one); all else it carries over. A string or a URL has none.
  const { referrer, referrerPolicy, keepalive } = input as Request;
  const request = new Request(input, { referrer, referrerPolicy, keepalive, ...init, redirect: 'manual' });
  const clash = request.mode === 'no-cors' ? request.mode : ours.find((name) => request.headers.has(name));
  if (clash) throw new TypeError(`Not with a proof: ${clash}`);
  return request;
}

/**
 * Sends a request with a proof, and again where the server asks for another nonce. The Response comes back, whatever its
 * status. With a token it is meant for a resource server, without one for an authorization server.
 */
export async function send(session: Session, request: Request, accessToken?: string): Promise<Response> {
  const { signer, nonces, emit } = session;
  const { method, signal } = request;
  const role: ServerRole = accessToken ? 'RS' : 'AS';
  const server = `${role} ${new URL(request.url).origin}` as const;
  const url = targetUri(request.url);
  const tried = new Set<string | undefined>();
  for (let nonce = nonces.get(server); ; ) {
    tried.add(nonce);
    // A clone each time: the original keeps its body whole for the next attempt.
    const attempt = request.clone();
    attempt.headers.set('DPoP', await createProof(signer, { method, url, accessToken, nonce }, { signal }));
    if (accessToken) attempt.headers.set('Authorization', `DPoP ${accessToken}`);
    const detail = { method, url, role, attempt: tried.size };
    emit('proof', detail);
    const response = refuseRedirect(await network(session, attempt));
    const learned = learnNonce(nonces, server, response);
    const challenged = await isNonceChallenge(response, role);
    if (challenged) emit('challenge', detail);
    nonce = decide({ challenged, nonce: learned, tried });
    if (!nonce) return response;
    response.body?.cancel().catch(() => {});
    emit('retry', detail);
  }
}

/** Sends what needs no proof, as it is. */
export function network({ fetch = globalThis.fetch }: Session, input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  return fetch(input, init);
}

/**
 * Passes an answer on, unless it redirects. Browsers hide where to, so that nobody can follow it with a new proof.
 *
 * @throws KeyboundError `redirected`.
 */
export function refuseRedirect(response: Response): Response {
  const { status, headers } = response;
  if (response.type === 'opaqueredirect' || (status > 300 && status < 400 && headers.has('Location')))
    throw new KeyboundError('redirected', response.url);
  return response;
}
