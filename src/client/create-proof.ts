/** A proof for one request from any signer: no storage, no network. */

import { accessTokenHash } from '../protocol/proof.ts';
import { rememberLast } from '../protocol/remember-last.ts';
import { targetUri } from '../protocol/target-uri.ts';
import { digest, generateKey, keySigner, negotiate } from './key.ts';
import type { ProofContext, Signer } from './signer.ts';

/** The request that a proof is for. */
export interface ProofOptions {
  /** The method, letter by letter as it will be sent. */
  readonly method: string;
  /** The absolute URL; query and fragment are left out of the proof. */
  readonly url: string | URL;
  /** The access token that is sent along; none at a token endpoint. */
  readonly accessToken?: string | undefined;
  /** The server's newest nonce, where it gave one. */
  readonly nonce?: string | undefined;
}

/** What hashes the tokens that a signer proves, and keeps the last hash: one token serves many requests. */
const hashers = new WeakMap<object, (accessToken: string) => Promise<string>>();

function athOf(signer: object, accessToken: string): Promise<string> {
  let hash = hashers.get(signer);
  if (!hash) hashers.set(signer, (hash = rememberLast((token) => accessTokenHash(token, digest))));
  return hash(accessToken);
}

/**
 * Makes a DPoP proof (RFC 9449 §4.2) with a signer: a compact JWS that fits one request, for about a minute.
 *
 * `context` reaches the signer: `signal`, for one that has to ask elsewhere, and `skewSeconds`, for one whose clock is
 * known to be wrong. It does not check that the token is bound to the signer's key, nor that the URL is one that you trust.
 *
 * @throws TypeError where the URL is not absolute; SignerError where the signer gives no proof.
 */
export async function createProof(
  signer: Pick<Signer, 'proof'>,
  { method, url, accessToken, nonce }: ProofOptions,
  context?: ProofContext,
): Promise<string> {
  const ath = accessToken ? await athOf(signer, accessToken) : undefined;
  return signer.proof({ htm: method, htu: targetUri(url), ath, nonce }, context);
}

/**
 * Makes a signer with a new key that lives in memory alone: for tests, for Node, for one page view.
 *
 * The private key is not extractable. `algorithms` is what the servers accept (default Ed25519, then ES256).
 *
 * @throws KeyboundError `no-algorithm` where none of them can be had, `insecure-context`.
 */
export async function createSigner({ algorithms }: { readonly algorithms?: readonly string[] } = {}): Promise<Signer> {
  const negotiated = negotiate(algorithms);
  return keySigner(await generateKey(negotiated), negotiated);
}
