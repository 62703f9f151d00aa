/** The ten verification steps, in their order. */

import { platform } from '../crypto/platform.ts';
import type { Eventual } from '../crypto/port.ts';
import { parseProof, type ParsedProof } from '../protocol/proof.ts';
import type { TokenIdentity } from '../stores/revocation.ts';
import {
  checkFreshness, checkMethod, checkUri, claimProof, claimProofOfToken, type ProofClock, type Spender,
} from '../verifier/proof-check.ts';
import { checkTokenHash, verifyToken, type PresentedToken, type VerifiedToken } from './access-token.ts';
import { boundThumbprint, checkLifetime, identify, type AccessTokenClaims } from './claims.ts';
import { deny, nonceHeaders, type Decision } from './decision.ts';
import type { DenyCode } from './denials.ts';
import { decisionEvent } from './decision-event.ts';
import { readEnvelope, type Envelope, type ResourceRequest } from './envelope.ts';
import { readOptions, type ResourceServerOptions, type Settings } from './options.ts';
import { Passage, Refusal } from './passage.ts';
import type { ProofKey } from '../verifier/proof-keys.ts';

/** A resource server's gate: it decides on requests, and touches no response. */
export interface ResourceServer {
  /**
   * Decides whether a request carries a valid access token and a valid proof for it (RFC 9449 §4.3, §7.1).
   *
   * It never throws and never lets through what it could not check: a failing store or key source is a denial with
   * 503. Call it once per request, since a proof is good for one. Not checked: scopes and permissions, tokens in form
   * bodies, and preflights, which carry no credentials (see `createCors`).
   */
  verify(request: ResourceRequest): Promise<Decision>;
}

/**
 * A resource server that accepts DPoP-bound access tokens (RFC 9449 §7).
 *
 * @throws TypeError where an option is missing or out of its range.
 */
export function createResourceServer(options: ResourceServerOptions): ResourceServer {
  const settings = readOptions(options);
  return { verify: (request) => decide(request, settings) };
}

async function decide(request: ResourceRequest, settings: Settings): Promise<Decision> {
  const passage = new Passage();
  const decision = await conclude(request, settings, passage);
  settings.report?.(decisionEvent(decision, passage));
  return decision;
}

async function conclude(request: ResourceRequest, settings: Settings, passage: Passage): Promise<Decision> {
  const { challenge: terms } = settings;
  try {
    const outcome = await takeSteps(request, settings, passage).catch(asRefusal);
    const nonce = await nextNonce(outcome, settings, passage);
    const { step, scheme } = passage;
    if (outcome instanceof Refusal) return deny({ step, code: outcome.code }, { scheme, terms, nonce });
    return { ok: true, scheme, ...outcome, headers: nonceHeaders(nonce) };
  } catch (cause) {
    const { step, scheme } = passage;
    return deny({ step, code: 'verifier_unavailable', cause }, { scheme, terms, nonce: undefined });
  }
}

/** Who calls, once every step has passed. */
interface Grant {
  readonly claims: AccessTokenClaims;
  readonly jkt?: string;
}

async function takeSteps(request: ResourceRequest, settings: Settings, passage: Passage): Promise<Grant> {
  const envelope = await passage.take(1, () => readEnvelope(request, settings));
  passage.scheme = envelope.scheme;
  if (envelope.scheme === 'Bearer') return takeBearerSteps(envelope, settings, passage);
  return takeProofSteps({ ...envelope, method: request.method }, settings, passage);
}

/**
 * The order of the steps, cheap ones first. Nothing is fetched for a proof, only for the issuer of a token; whoever
 * lacks the key learns nothing of what is encrypted or revoked; and only a request that is good in all else spends
 * anything, so that nobody can burn another's proof or fill the store.
 */
async function takeProofSteps(
  { proof: compact, accessToken, method, url }: Extract<Envelope, { scheme: 'DPoP' }> & { readonly method: string },
  settings: Settings,
  passage: Passage,
): Promise<Grant> {
  const clock = settings.clock();
  const proof = await passage.take(2, () => readProof(compact, settings));
  await passage.take(3, () => checkMethod(proof, method));
  await passage.take(4, () => checkUri(proof, url));
  const freshness = await passage.take(5, () => checkFreshness(proof, settings));
  passage.nonceExpiresAtSeconds = freshness.nonceExpiresAtSeconds;
  const hash = await platform.hashText(accessToken);
  const key = await settings.proofKeys.read(proof);
  let signed: Promise<DenyCode | undefined> | undefined;
  const checkSender = () => (signed ??= key.check(proof));
  const token = await takeStep6(proof, { accessToken, hash, sender: { proof: compact, check: checkSender } }, { settings, passage });
  const { jkt } = await takeSteps7And8(token, { clock, passage, checkHolder: () => checkPossession(key, { token, checkSender }) });
  settings.proofKeys.keep(proof, key);
  await takeSteps9And10(proof, { jkt, freshness, token: identify(token.claims, jkt) }, { settings, passage });
  return { claims: token.claims, jkt };
}

/** An issuer that has to be asked is asked for senders who can sign: for it, the end of step 8 comes in the midst of step 6. */
async function takeStep6(
  proof: ParsedProof,
  presented: PresentedToken,
  { settings, passage }: { readonly settings: Settings; readonly passage: Passage },
): Promise<VerifiedToken> {
  return passage.take(6, async () => {
    const found = checkTokenHash(proof, presented) ?? (await verifyToken(presented, settings));
    if (found === 'bad_proof_signature') passage.step = 8;
    return found;
  });
}

/** What remains of the steps for a token without a key: there is no proof to check and none to spend. */
async function takeBearerSteps({ accessToken }: Envelope, settings: Settings, passage: Passage): Promise<Grant> {
  const clock = settings.clock();
  const token = await passage.take(6, async () => verifyToken({ accessToken, hash: await platform.hashText(accessToken) }, settings));
  await takeSteps7And8(token, { clock, passage, checkHolder: () => checkUnbound(token) });
  await passage.take(9, () => checkRevocation(identify(token.claims), settings));
  return { claims: token.claims };
}

/** The times of a plain token are there for all to read; those of an encrypted one are for its holder only. */
async function takeSteps7And8<Holder>(
  { claims, encrypted }: VerifiedToken,
  { clock, passage, checkHolder }: {
    readonly clock: ProofClock;
    readonly passage: Passage;
    readonly checkHolder: () => Eventual<Holder | DenyCode>;
  },
): Promise<Exclude<Holder, DenyCode>> {
  const checkTimes = () => passage.take(7, () => checkLifetime(claims, clock));
  if (!encrypted) await checkTimes();
  const holder = await passage.take(8, checkHolder);
  if (encrypted) await checkTimes();
  return holder;
}

// Step 2. Next to a token, the proof must say which one it is for (RFC 9449 §4.2, §7).
function readProof(compact: string, { proofAlgorithms, proofKeys }: Settings): ParsedProof | DenyCode {
  const proof = parseProof(compact, proofAlgorithms, proofKeys.find);
  return proof?.claims.ath === undefined ? 'malformed_proof' : proof;
}

// Step 8. The thumbprint goes first: it is public on both sides (no constant time), and costs a hash, not a signature.
async function checkPossession(
  { jkt }: ProofKey,
  { token, checkSender }: { readonly token: VerifiedToken; readonly checkSender: () => Promise<DenyCode | undefined> },
): Promise<{ readonly jkt: string } | DenyCode> {
  if (boundThumbprint(token.claims) !== jkt) return 'proof_key_not_bound_to_token';
  return (await checkSender()) ?? { jkt };
}

// Step 8 for Bearer. Whatever `cnf` holds, it means that the token is not for bearers (RFC 9449 §7.2, RFC 7800 §3).
function checkUnbound({ claims }: VerifiedToken): DenyCode | undefined {
  return 'cnf' in claims ? 'bearer_downgrade' : undefined;
}

/** Two steps in one, where one memory knows both what is revoked and what is spent: one round trip to it. */
async function takeSteps9And10(
  proof: ParsedProof,
  spender: Required<Spender>,
  { settings, passage }: { readonly settings: Settings; readonly passage: Passage },
): Promise<void> {
  if (!settings.spendsRevocation) {
    await passage.take(9, () => checkRevocation(spender.token, settings));
    await passage.take(10, () => claimProof(proof, spender, settings));
    return;
  }
  await passage.take(10, async () => {
    const code = await claimProofOfToken(proof, spender, settings);
    if (code === 'token_revoked') passage.step = 9;
    return code;
  });
}

// Step 9.
async function checkRevocation(token: TokenIdentity, { revocation }: Settings): Promise<DenyCode | undefined> {
  return (await revocation?.check(token)) ? 'token_revoked' : undefined;
}

function asRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  throw thrown;
}

// A nonce is due where one is asked for, where the one that came is spent or ageing, and always where each serves once.
function nextNonce(outcome: Grant | Refusal, { nonces, nowSeconds }: Settings, passage: Passage): Eventual<string | undefined> {
  if (!nonces || passage.scheme === 'Bearer') return undefined;
  const isAsked = outcome instanceof Refusal && outcome.code === 'bad_or_missing_nonce';
  const { nonceExpiresAtSeconds: expiry } = passage;
  const isDue = nonces.singleUse || isAsked || (expiry !== undefined && nonces.isDue(expiry, nowSeconds()));
  return isDue ? nonces.issue(nowSeconds()) : undefined;
}
