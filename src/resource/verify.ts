/** The ten verification steps, in their order. */

import { digest } from '../crypto/web.ts';
import { parseProof, type ParsedProof } from '../protocol/proof.ts';
import { thumbprint } from '../protocol/thumbprint.ts';
import { checkFreshness, checkMethod, checkSignature, checkUri, claimProof } from '../verifier/proof-check.ts';
import { checkTokenHash, verifyToken, type VerifiedToken } from './access-token.ts';
import { boundThumbprint, checkLifetime, type AccessTokenClaims } from './claims.ts';
import { deny, nonceHeaders, type Decision, type Scheme, type Step } from './decision.ts';
import type { DenyCode } from './denials.ts';
import { readEnvelope, type Envelope, type ResourceRequest } from './envelope.ts';
import { readOptions, type ResourceServerOptions, type Settings } from './options.ts';

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

/** Who calls, once every step has passed. */
interface Grant {
  readonly claims: AccessTokenClaims;
  readonly jkt?: string;
}

/** One request on its way: how far it has come, and what its answer will depend on. */
class Passage {
  step: Step = 1;
  scheme: Scheme = 'DPoP';
  nonceExpiresAtSeconds: number | undefined;

  /** Takes a step. A code stops the passage; whatever else the check gives goes on. */
  async take<T>(step: Step, check: () => T | Promise<T>): Promise<Exclude<T, string>> {
    this.step = step;
    const result = await check();
    if (typeof result === 'string') throw new Stopped(result as T & DenyCode);
    return result as Exclude<T, string>;
  }
}

class Stopped {
  constructor(readonly code: DenyCode) {}
}

async function decide(request: ResourceRequest, settings: Settings): Promise<Decision> {
  const passage = new Passage();
  try {
    const nowSeconds = settings.nowSeconds();
    const { claims, jkt } = await takeSteps(request, passage, { ...settings, clock: nowSeconds });
    const headers = nonceHeaders(await nextNonce(passage, settings));
    return { ok: true, scheme: passage.scheme, claims, ...(jkt !== undefined && { jkt }), headers };
  } catch (error) {
    return { ok: false } as never;
  }
}
