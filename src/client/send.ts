/** The send path: the one place that attaches a proof and the only one that calls the network. */

import { KeyboundError } from '../protocol/errors.ts';
import { readDestination } from '../protocol/target-uri.ts';
import { readAnswer, type Answer, type ServerRole } from './answer.ts';
import { createProof } from './create-proof.ts';
import { decide, type Next } from './decide.ts';
import type { AttemptDetail, Emit } from './events.ts';
import type { Outgoing } from './outgoing.ts';
import type { SentProof, Server } from './servers.ts';
import type { Signer } from './signer.ts';
import { unlessAborted } from './unless-aborted.ts';

/** What the send path needs of its Keybound. */
export interface Session {
  readonly emit: Emit;
  /** What sends; default the global fetch, looked up at call time. */
  readonly fetch: typeof globalThis.fetch | undefined;
  /** Gives fresh proofs, or an error where the key is gone. */
  readonly signer: Pick<Signer, 'proof'>;
  /** Aborted when the key is gone for good. */
  readonly destroyed: AbortSignal;
  /** Whether events show requests and responses whole. */
  readonly reveal: boolean | undefined;
  /** What tells this key's renewals of tokens from others. */
  readonly lock: string;
  /** Told of the thumbprint that a token is bound to; throws where the key is another. */
  checkBinding(jkt: string): void;
  /** What is known of the server in that role at that origin. */
  serverOf(role: ServerRole, origin: string): Server;
  /** How far ahead of ours a server's clock is believed to be. */
  skewSecondsOf(server: Server): number;
  /** The same of a server that has not shown its clock. */
  skewSeconds(): number;
  /** Learns from an answer, beside the gate; tells whether what is known now shows what was wrong with the proof. */
  learn(server: Server, answer: Answer, sent: SentProof, isNews: boolean): boolean;
}

/** Where a request may go, and what it carries there. */
export interface Passport {
  readonly origins: ReadonlySet<string>;
  /** Those among them that take the token as Bearer, without a proof. */
  readonly bearerOrigins?: ReadonlySet<string>;
  /**
   * Asked once the origin is found on the list, and again where the server has refused what it gave: undefined then says
   * that there is no other. It throws where the signal is aborted first. Absent for an authorization server, which wants a
   * proof alone.
   */
  readonly accessToken?: ((url: string, signal: AbortSignal, refused?: string) => Promise<string | undefined>) | undefined;
  /** Whether a cheap request learns the nonce first, where a body can be sent but once. */
  readonly prime?: boolean | undefined;
}

/** One request with one token: what is the same in all its attempts. */
interface Errand extends Outgoing {
  readonly origin: string;
  readonly accessToken: string | undefined;
  readonly role: ServerRole;
}

/** An answer, and what it asks for. */
interface Outcome {
  readonly response: Response;
  readonly next: Next;
}

/**
 * Sends a request with a proof, and again where the answer says how: with another nonce, a corrected proof, another token.
 * The Response comes back, whatever its status. Where there should be a token and is none, the request goes out bare.
 *
 * @throws KeyboundError `origin-refused`, before anything is asked for or signed; `redirected`; the signal's reason.
 */
export function send(session: Session, outgoing: Outgoing, passport: Passport): Promise<Response> {
  // Once the key is destroyed there is nothing to wait for: no turn, no token, and no answer, which would be a logged-out user's.
  return unlessAborted(session.destroyed, sendWhileKeyLives(session, outgoing, passport));
}

async function sendWhileKeyLives(session: Session, outgoing: Outgoing, passport: Passport): Promise<Response> {
  session.destroyed.throwIfAborted();
  const { request, isOneShot } = outgoing;
  const { origins, bearerOrigins, accessToken: ask, prime } = passport;
  const { signal, url } = request;
  const { origin } = readDestination(url);
  const isBearer = bearerOrigins?.has(origin);
  // A blob: URL has the origin of whoever made it.
  if (!url.startsWith(origin) || (!isBearer && !origins.has(origin))) {
    session.emit('refused', { origin, reason: 'origin' });
    throw new KeyboundError('origin-refused', origin);
  }
  const carry = isBearer ? carryBearer : carryProof;
  const role = ask ? 'RS' : 'AS';
  const accessToken = await ask?.(url, signal);
  const errand: Errand = { ...outgoing, origin, accessToken, role };
  if (ask && !accessToken) return exchange(session, request, errand);
  if (prime && isOneShot && !isBearer && !session.serverOf(role, origin).gate.nonce) {
    const scout = new Request(url, { method: 'HEAD', redirect: 'manual', signal });
    discard((await carry(session, { ...errand, request: scout })).response);
  }
  const { response, next } = await carry(session, errand);
  if (next === 'return') return response;
  if (isOneShot) session.emit('refused', { origin, reason: 'stream' });
  const renewed = !isOneShot && (await ask?.(url, signal, accessToken));
  if (!renewed) return response;
  discard(response);
  return (await carry(session, { ...errand, accessToken: renewed })).response;
}

/** Sends what needs no proof, as it is. */
export function network({ fetch = globalThis.fetch }: Pick<Session, 'fetch'>, input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  return fetch(input, init);
}

// Within the gate, and again for a nonce or a correction. Signed late: when it is about to leave, with the newest of both.
async function carryProof(session: Session, errand: Errand): Promise<Outcome> {
  const { request, isOneShot, origin, accessToken, role } = errand;
  const { method, url, signal } = request;
  const server = session.serverOf(role, origin);
  const { gate } = server;
  const tried = new Set<string | undefined>();
  let wasCorrected = false;
  let nonce = await gate.enter(signal);
  try {
    for (let count = 1; ; count++) {
      tried.add(nonce);
      const context = { signal, skewSeconds: session.skewSecondsOf(server), spelling: server.spelling };
      const proof = await unlessAborted(signal, createProof(session.signer, { method, url, accessToken, nonce }, context));
      const attempt = authorized(errand, 'DPoP');
      attempt.headers.set('DPoP', proof);
      const detail = detailOf(errand, count);
      session.emit('proof', () => detail);
      const response = await exchange(session, attempt, errand, detail);
      const answer = await readAnswer(response, role);
      const isNews = gate.learn({ ...answer, used: nonce, ok: response.ok, isRetry: count > 1 });
      const isLesson = session.learn(server, answer, { ...context, proof }, isNews) && !wasCorrected;
      tellChallenge(session, detail, response, answer);
      const next = decide({ ...answer, tried, isLesson });
      if (isOneShot || next === 'return' || next === 'refresh') return { response, next };
      discard(response);
      session.emit('retry', { ...detail, reason: next });
      wasCorrected ||= next === 'correction';
      nonce = await gate.enter(signal, next === 'nonce' ? answer : {});
      // What is the newest by now may be one that this request was refused with.
      if (next === 'nonce' && tried.has(nonce)) nonce = answer.nonce;
    }
  } finally {
    gate.leave();
  }
}

// The token as it is, for an API that has not moved yet.
async function carryBearer(session: Session, errand: Errand): Promise<Outcome> {
  const response = await exchange(session, authorized(errand, 'Bearer'), errand);
  const answer = await readAnswer(response, 'RS');
  tellChallenge(session, detailOf(errand), response, answer);
  return { response, next: answer.error === 'invalid_token' ? 'refresh' : 'return' };
}

// One attempt. A clone each time: the original keeps its body whole for the next one. Without a body it is kept itself until
// it is sent.
function authorized({ request, isOneShot, accessToken }: Errand, scheme: string): Request {
  const isUnspent = /^(GET|HEAD)$/.test(request.method) && !request.headers.has('Authorization');
  const attempt = isOneShot || isUnspent ? request : request.clone();
  if (accessToken) attempt.headers.set('Authorization', `${scheme} ${accessToken}`);
  return attempt;
}

// As long as an answer is read, its request can be aborted.
const held = new WeakMap<Response, unknown>();

// Browsers hide where a redirect leads, so that nobody can follow it with a new proof.
async function exchange(session: Session, request: Request, errand: Errand, detail = detailOf(errand)): Promise<Response> {
  // Copied before: fetch uses the body up.
  const revealed = session.reveal && request.clone();
  const response = await network(session, request).catch((error: unknown) => {
    session.emit('failed', { ...detail, error });
    throw error;
  });
  held.set(response, [request, errand]);
  const { status, headers } = response;
  session.emit('answer', () => ({ ...detail, status, readable: readableIn(response), ...(revealed && { request: revealed, response: response.clone() }) }));
  // No status at all: that is how browsers show a redirect that they did not follow. Node shows the redirect itself.
  if (!status || (status > 300 && status < 400 && headers.has('Location'))) {
    discard(response);
    throw new KeyboundError('redirected', `${detail.url}: call the URL that it leads to`);
  }
  return response;
}

// What comes along with an error may repeat the token, in a description, or be a secret itself: a nonce, a ticket.
function tellChallenge(session: Session, detail: AttemptDetail, response: Response, { error, params: all }: Answer): void {
  if (!error) return;
  // JSON drops what is not on a list.
  const params: Answer['params'] = JSON.parse(JSON.stringify(all, session.reveal ? null : harmlessParams));
  session.emit('challenge', { ...detail, readable: readableIn(response), error, params });
}

const harmlessParams = ['error', 'scope', 'acr_values', 'max_age', 'algs'];

const readableIn = ({ headers }: Response): string[] => ['DPoP-Nonce', 'WWW-Authenticate', 'Date'].filter((name) => headers.has(name));

const detailOf = ({ request: { method, url }, role }: Errand, attempt = 1): AttemptDetail => ({ method, url: readDestination(url).htu, role, attempt });

const discard = ({ body }: Response) => void body?.cancel().catch(() => {});
