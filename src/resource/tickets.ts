/** Tickets for WebSockets: a browser's handshake carries neither Authorization nor DPoP, so a request before it does. */

import { digest, randomBytes } from '../crypto/web.ts';
import { parseProof, type ParsedProof } from '../protocol/proof.ts';
import { thumbprint } from '../protocol/thumbprint.ts';
import { givenOptions, readClock, readNumber, readTexts } from '../stores/options.ts';
import type { NonceSecret } from '../verifier/secrets.ts';
import type { LiveNonce } from '../verifier/nonce.ts';
import { readClockTerms, readProofAlgorithms, startProofClock } from '../verifier/options.ts';
import { checkFreshness, checkMethod, checkSignature, checkUri, claimProofOfToken, importKey, type ProofClock } from '../verifier/proof-check.ts';
import { checkLifetime, identify, type AccessTokenClaims } from './claims.ts';
import { readOrigins } from './cors.ts';
import type { AllowDecision } from './decision.ts';
import type { ResourceRequest } from './envelope.ts';
import { readHandshake, type HandshakeLimits } from './handshake.ts';
import { readStores, type ResourceServerOptions, type Stores } from './options.ts';
import { readPublicBase } from './public-url.ts';
import { denyTicket, type TicketDenial, type TicketDenyCode } from './ticket-denials.ts';
import { socketUrl, TicketSeal, type Ticket } from './ticket-seal.ts';

/** How tickets are issued and redeemed: what the resource server has too, and what is for sockets alone. */
export interface TicketOptions
  extends Pick<
    ResourceServerOptions,
    'replayStore' | 'revocation' | 'proofAlgorithms' | 'maxProofBytes' | 'clockToleranceSeconds' | 'storeTimeoutSeconds' | 'publicUrl' | 'nowSeconds'
  > {
  /** The pages' origins that may open sockets, as browsers spell them, or `*`. A handshake without `Origin` is no page's. */
  readonly origins: readonly string[] | '*';
  /**
   * What tickets are sealed with, spelled as `nonce.secret`; needed where the replay store is shared, default random bytes of
   * this process. Whoever has it makes tickets for any user, so it is worth more than a nonce secret: give it one of its own.
   */
  readonly secret?: NonceSecret | (() => NonceSecret);
  /** How long a ticket is good: 1 to 300. Default: 30. */
  readonly lifetimeSeconds?: number;
  /** Which claims go along beside those that name token, user, client, audience and times. Default: all. */
  readonly claims?: readonly string[];
}

/** A ticket that was issued. */
export interface IssuedTicket {
  readonly ok: true;
  /** What the proof of the handshake carries as its `nonce`. */
  readonly ticket: string;
  readonly expiresInSeconds: number;
  /** A new Response with the JSON body `{ ticket, expires_in }`, never to be stored. */
  response(): Response;
}

/** A socket that may be opened. It says who opens it; what they may do there is the application's to decide. */
export interface SocketAllowance {
  readonly ok: true;
  /** The claims of the access token that the ticket was issued for. */
  readonly claims: AccessTokenClaims;
  /** The thumbprint of the key that token, ticket and proof share. */
  readonly jkt: string;
  /** The subprotocol for the answer to name: the first that is not the proof. Never send the proof back. */
  readonly protocol: string;
  /**
   * When the token ends, in seconds since 1970: close the socket then, and obey nothing that comes after. A client need not
   * answer the close (RFC 6455 §5.5.1), and servers go on handing you what it sends.
   */
  readonly expiresAtSeconds: number;
  /**
   * Looks again, while the socket is open: undefined while the token is alive and not revoked, else why it is not;
   * `verifier_unavailable` where that cannot be told. Nobody calls it but you. It asks `revocation`, and nobody else: not
   * checked are the issuer's introspection and its keys.
   */
  recheck(): Promise<Extract<TicketDenyCode, 'token_expired' | 'token_not_yet_valid' | 'token_revoked' | 'verifier_unavailable'> | undefined>;
}

/** See {@link createTickets}. */
export interface Tickets {
  /**
   * A ticket for one socket, for whoever `verify` has just let through.
   *
   * `url` is what the client will open (`wss:`; its query counts). It never throws for what a caller sent, and never issues
   * what it could not check: a request that came as Bearer, which proves no key, is `bearer_downgrade`, and a store that
   * fails is `verifier_unavailable`. So are claims too long for a handshake: a RangeError is the `cause` then, and `claims`
   * the remedy. Not checked: whether the caller may use that socket.
   *
   * @throws TypeError where `url` is no absolute ws(s) or http(s) URL.
   */
  issue(allowed: Pick<AllowDecision, 'claims' | 'jkt'>, options: { readonly url: string | URL }): Promise<IssuedTicket | TicketDenial>;
  /**
   * Decides whether a handshake (RFC 6455 §4.1) may go on: its `Origin` is on the list, and `Sec-WebSocket-Protocol` offers
   * `dpop.` with a proof for GET and this URL, by the ticket's key, with the ticket as `nonce`, which is spent by it.
   *
   * It never throws. Not checked: that it is a handshake at all, `ath`, the client's clock (the ticket's time counts),
   * whatever comes over the socket, and, since the ticket was issued, the issuer: `revocation` is asked again, introspection
   * and the issuer's keys are not.
   */
  redeem(request: ResourceRequest): Promise<SocketAllowance | TicketDenial>;
}

interface Settings extends Stores, HandshakeLimits {
  readonly seal: TicketSeal;
  readonly clock: () => ProofClock;
  readonly proofAlgorithms: readonly string[];
  readonly lifetimeSeconds: number;
  readonly claims: readonly string[] | undefined;
}

/**
 * One-time tickets for WebSockets. A ticket is sealed, bound to the key, the token and the socket's URL, and good for one
 * handshake in all replicas that share store and secret. Without the key it is of no use: it counts as the nonce of a proof.
 *
 * @throws TypeError where an option is missing or out of its range; `maxProofBytes` is at least 4096 here, for the ticket.
 */
export function createTickets(options: TicketOptions): Tickets {
  const settings = readSettings(options);
  const refuse = (code: TicketDenyCode, cause?: unknown) => denyTicket(code, settings.proofAlgorithms, cause);
  const conclude = async <Allowance extends object>(outcome: Promise<Allowance | TicketDenyCode>) => {
    try {
      const found = await outcome;
      return typeof found === 'string' ? refuse(found) : found;
    } catch (cause) {
      return refuse('verifier_unavailable', cause);
    }
  };
  return {
    async issue(allowed, socket) {
      const url = socketUrl(socket.url);
      if (url === undefined) throw new TypeError('url must be the absolute ws(s) URL of a socket');
      return conclude(issue(allowed, url, settings));
    },
    redeem: (request) => conclude(redeem(request, settings)),
  };
}

function readSettings(given: TicketOptions): Settings {
  const options = givenOptions(given);
  const { secret, claims, publicUrl } = options;
  const nowSeconds = readClock(options);
  const terms = readClockTerms(options);
  const stores = readStores(options, terms.storeTimeoutSeconds);
  if (stores.replayStore.shared && secret === undefined) {
    throw new TypeError('secret is needed where the replay store is shared: every replica redeems every ticket');
  }
  return {
    ...stores,
    seal: new TicketSeal(secret ?? randomBytes(32), stores.replayStore),
    clock: startProofClock(nowSeconds, terms),
    origins: readOrigins(options.origins),
    proofAlgorithms: readProofAlgorithms(options.proofAlgorithms),
    maxProofBytes: readNumber(options, 'maxProofBytes', { fallback: 8192, min: 4096, max: 1_048_576, isWhole: true }),
    lifetimeSeconds: readNumber(options, 'lifetimeSeconds', { fallback: 30, min: 1, max: 300 }),
    claims: claims === undefined ? undefined : readTexts(claims, 'claims'),
    publicUrl: publicUrl === undefined || typeof publicUrl === 'function' ? publicUrl : readPublicBase(publicUrl, 'publicUrl'),
  };
}

/** What names a token, its user, its key and its times: it goes into every ticket. */
const alwaysCarried = ['iss', 'aud', 'exp', 'sub', 'client_id', 'iat', 'nbf', 'jti', 'sid', 'cnf'];

/** What a proof has beside its nonce: header, signature (RSA's, with 4096 bits), URL and the other claims. */
const proofOverheadBytes = 2048;

async function issue({ claims, jkt }: Pick<AllowDecision, 'claims' | 'jkt'>, url: string, settings: Settings): Promise<IssuedTicket | TicketDenyCode> {
  if (jkt === undefined) return 'bearer_downgrade';
  const { seal, clock, lifetimeSeconds, maxProofBytes } = settings;
  const { nowSeconds } = clock();
  const carried = [...alwaysCarried, ...(settings.claims ?? Object.keys(claims))];
  const kept = Object.fromEntries(Object.entries(claims).filter(([name]) => carried.includes(name))) as AccessTokenClaims;
  const ticket = await seal.seal({ url, jkt, claims: kept, issuedAtSeconds: nowSeconds, expiresAtSeconds: nowSeconds + lifetimeSeconds });
  // As a proof's nonce it is written in base64url once more.
  if (ticket.length * (4 / 3) > maxProofBytes - proofOverheadBytes) throw new RangeError('The claims are too long for a ticket: name those that sockets need in `claims`');
  const body = { ticket, expires_in: lifetimeSeconds };
  return { ok: true, ticket, expiresInSeconds: lifetimeSeconds, response: () => Response.json(body, { headers: { 'Cache-Control': 'no-store' } }) };
}

async function redeem(request: ResourceRequest, settings: Settings): Promise<SocketAllowance | TicketDenyCode> {
  const offer = readHandshake(request, settings);
  if (typeof offer === 'string') return offer;
  const { target, protocol } = offer;
  const proof = parseProof(offer.proof, settings.proofAlgorithms);
  if (!proof) return 'malformed_proof';
  const mismatch = checkMethod(proof, 'GET') ?? checkUri(proof, target.normal);
  if (mismatch) return asTicketCode(mismatch);
  const found = await openTicket(proof, settings);
  // The whole URL counts, query and all: `htu` has none.
  if (!found || found.ticket.url !== socketUrl(target.url)) return 'bad_ticket';
  const { claims } = found.ticket;
  const jkt = await thumbprint(proof.jwk, digest);
  if (found.ticket.jkt !== jkt) return 'proof_key_not_bound_to_token';
  const code = (await checkSignature(proof, importKey(proof))) ?? checkLifetime(claims, settings.clock()) ?? (await spend(proof, found, settings));
  if (code) return asTicketCode(code);
  return { ok: true, claims, jkt, protocol, expiresAtSeconds: claims.exp, recheck: () => recheck(claims, jkt, settings) };
}

interface FoundTicket {
  readonly ticket: Ticket;
  readonly live: LiveNonce;
}

async function openTicket({ claims: { nonce } }: ParsedProof, { seal, clock }: Settings): Promise<FoundTicket | undefined> {
  const opened = nonce === undefined ? undefined : await seal.open(nonce);
  if (!opened) return undefined;
  const { ticket, epoch } = opened;
  const { nowSeconds, clockToleranceSeconds } = clock();
  if (nowSeconds > ticket.expiresAtSeconds || ticket.issuedAtSeconds > nowSeconds + clockToleranceSeconds) return undefined;
  return { ticket, live: { expiresAtSeconds: ticket.expiresAtSeconds, epoch } };
}

// To the checks of proofs a ticket is a nonce for single use: proof and ticket are spent together, last of all.
async function spend(proof: ParsedProof, { ticket, live }: FoundTicket, settings: Settings) {
  const { replayStore, revocation, spendsRevocation, clock } = settings;
  const terms = { nonces: { singleUse: true, check: async () => live }, replayStore, clock };
  const freshness = await checkFreshness(proof, terms);
  if (typeof freshness === 'string') return freshness;
  const { jkt } = ticket;
  const token = identify(ticket.claims, jkt);
  if (!spendsRevocation && (await revocation?.check(token))) return 'token_revoked';
  return claimProofOfToken(proof, { jkt, freshness, ...(spendsRevocation && { token }) }, terms);
}

async function recheck(claims: AccessTokenClaims, jkt: string, { clock, revocation }: Settings) {
  try {
    const isRevoked = await revocation?.check(identify(claims, jkt));
    const code = checkLifetime(claims, clock()) as 'token_expired' | 'token_not_yet_valid' | undefined;
    return code ?? (isRevoked ? 'token_revoked' : undefined);
  } catch {
    return 'verifier_unavailable';
  }
}

function asTicketCode(code: Exclude<Awaited<ReturnType<typeof spend>>, undefined> | ReturnType<typeof checkLifetime>): TicketDenyCode {
  return code === 'bad_or_missing_nonce' ? 'bad_ticket' : (code as TicketDenyCode);
}
