/** The send path: the one place that attaches a proof and the only one that calls the network. */

import { KeyboundError } from '../protocol/errors.ts';
import { isNonce } from '../protocol/nonce.ts';
import { targetUri } from '../protocol/target-uri.ts';
import { decide, isNonceChallenge } from './decide.ts';
import type { Emit } from './events.ts';
import type { Nonces, ServerRole } from './nonces.ts';
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
 * @throws TypeError for a mode or a header that clashes with a proof: `no-cors` drops headers silently, and some headers
 * are ours to set.
 */
export function readRequest(input: RequestInfo | URL, init: RequestInit | undefined, clashing: readonly string[]): Request {
  const asked = new Request(input, init);
  // Rebuilding a Request forgets these (Firefox, even in its first building, the last one); all else it carries over.
  const { referrer, referrerPolicy, mode, headers } = asked;
  const { keepalive } = (init ?? input) as Request;
  const clash = clashing.find((name) => name === mode || headers.has(name));
  if (clash) throw new TypeError(`Not with a proof: ${clash}`);
  return new Request(asked, { referrer, referrerPolicy, keepalive, redirect: 'manual' });
}

/** Where a request may go, and what it carries there. */
export interface Passport {
  readonly origins: ReadonlySet<string>;
  /** Asked once the origin is found on the list. Absent for an authorization server, which wants a proof alone. */
  readonly accessToken?: ((context: { readonly url: URL }) => string | undefined | Promise<string | undefined>) | undefined;
}

/**
 * Sends a request with a proof, and again where the server asks for another nonce. The Response comes back, whatever its
 * status. Where there should be a token and is none, the request goes out bare.
 *
 * @throws KeyboundError `origin-refused`, before anything is asked for or signed; `redirected`.
 */
export async function send(session: Session, request: Request, { origins, accessToken: ask }: Passport): Promise<Response> {
  const { signer, nonces, emit } = session;
  const { method, signal } = request;
  const target = new URL(request.url);
  const { origin } = target;
  if (!origins.has(origin)) {
    emit('refused', { origin });
    throw new KeyboundError('origin-refused', origin);
  }
  const accessToken = await ask?.({ url: target });
  if (ask && !accessToken) return exchange(session, request);

  const role: ServerRole = ask ? 'RS' : 'AS';
  const server = (role + origin) as `${ServerRole}${string}`;
  const url = targetUri(target);
  const tried = new Set<string | undefined>();
  for (let nonce = nonces.get(server); ; ) {
    tried.add(nonce);
    // A clone each time: the original keeps its body whole for the next attempt.
    const attempt = request.clone();
    attempt.headers.set('DPoP', await createProof(signer, { method, url, accessToken, nonce }, { signal }));
    if (accessToken) attempt.headers.set('Authorization', `DPoP ${accessToken}`);
    const detail = { method, url, role, attempt: tried.size };
    emit('proof', detail);
    const response = await exchange(session, attempt);
    const learned = response.headers.get('DPoP-Nonce') ?? '';
    if (isNonce(learned)) nonces.set(server, learned);
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

// Browsers hide where a redirect leads, so that nobody can follow it with a new proof.
async function exchange(session: Session, request: Request): Promise<Response> {
  const response = await network(session, request);
  const { status, headers } = response;
  // No status at all: that is how browsers show a redirect that they did not follow. Node shows the redirect itself.
  if (!status || (status > 300 && status < 400 && headers.has('Location')))
    throw new KeyboundError('redirected', request.url);
  return response;
}
