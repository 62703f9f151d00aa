/** The resource server: it takes a request through the steps, and says what came of it. */

import type { Eventual } from '../protocol/eventual.ts';
import { deny, nonceHeaders, type Decision } from './decision.ts';
import type { DenyCode } from './denials.ts';
import { decisionEvent } from './decision-event.ts';
import type { ResourceRequest } from './envelope.ts';
import { readOptions, type ResourceServerOptions } from './options.ts';
import { Passage } from './passage.ts';
import { takeSteps } from './steps.ts';

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
  return { verify: (request) => decide(new Passage(request, settings)) };
}

async function decide(passage: Passage): Promise<Decision> {
  const decision = await conclude(passage);
  passage.settings.report?.(decisionEvent(decision, passage));
  return decision;
}

async function conclude(passage: Passage): Promise<Decision> {
  const { challenge: terms } = passage.settings;
  try {
    const code = await takeSteps(passage);
    const nonce = await nextNonce(passage, code);
    const { step, scheme, token, key } = passage;
    if (code) return deny({ step, code }, { scheme, terms, nonce });
    const allowed = { ok: true, scheme, claims: token.claims, headers: nonceHeaders(nonce) } as const;
    return key ? { ...allowed, jkt: key.jkt } : allowed;
  } catch (cause) {
    const { step, scheme } = passage;
    return deny({ step, code: 'verifier_unavailable', cause }, { scheme, terms, nonce: undefined });
  }
}

// A nonce is due where one is asked for, where the one that came is spent or ageing, and always where each serves once.
function nextNonce({ settings, scheme, freshness }: Passage, code: DenyCode | undefined): Eventual<string | undefined> {
  const { nonces, nowSeconds } = settings;
  if (!nonces || scheme === 'Bearer') return undefined;
  const expiry = freshness?.nonceExpiresAtSeconds;
  const isAsked = code === 'bad_or_missing_nonce';
  const isDue = nonces.singleUse || isAsked || (expiry !== undefined && nonces.isDue(expiry, nowSeconds()));
  return isDue ? nonces.issue(nowSeconds()) : undefined;
}
