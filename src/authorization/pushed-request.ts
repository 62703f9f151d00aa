/** Authorization requests that a client has pushed (RFC 9126): kept under a URI that is good once, for one client. */

import type { Parameters } from './form.ts';
import { newHandle, readHandle } from './grant.ts';
import { Refusal } from './refusal.ts';
import type { Settings } from './settings.ts';

const uriPrefix = 'urn:ietf:params:oauth:request_uri:';

/** A pushed request, found by its URI. */
export interface PushedRequest {
  readonly parameters: Parameters;
  /** Uses the URI up. Rejects with a Refusal where somebody else was first. */
  spend(): Promise<void>;
}

/** Keeps a request, which is checked already, and names it (RFC 9126 §2.2). */
export async function keepRequest(parameters: Parameters, settings: Settings) {
  const { storage, nowSeconds, pushedRequestLifetimeSeconds: lifetime } = settings;
  const { client_id: clientId = '', redirect_uri: redirectUri = '', code_challenge: codeChallenge = '' } = parameters;
  const handle = await newHandle();
  const current = { kind: 'request_uri', hash: handle.hash } as const;
  const about = { clientId, redirectUri, codeChallenge, parameters, sub: '' };
  const expiresAtSeconds = nowSeconds() + lifetime;
  await storage.put(handle.id, { version: 1, ...about, current, accessTokens: [], revoked: false, expiresAtSeconds });
  return { request_uri: uriPrefix + handle.text, expires_in: lifetime };
}

/**
 * The request that a client has pushed under a URI (RFC 9126 §4).
 *
 * @throws Refusal where the URI is not one of ours, has expired, was used, or is another client's.
 */
export async function findPushedRequest(uri: string, clientId: string | undefined, settings: Settings): Promise<PushedRequest> {
  const { storage, nowSeconds } = settings;
  const handle = uri.startsWith(uriPrefix) ? await readHandle(uri.slice(uriPrefix.length)) : undefined;
  const kept = handle && (await storage.get(handle.id));
  const isGood = kept?.current.kind === 'request_uri' && kept.current.hash === handle?.hash && !kept.revoked;
  if (!isGood || nowSeconds() > kept.expiresAtSeconds) throw unusable('The request URI is unknown, used or expired');
  if (kept.clientId !== clientId) throw unusable('The request URI belongs to another client');
  return {
    parameters: kept.parameters ?? {},
    async spend() {
      const isFirst = await storage.put(handle.id, { ...kept, version: kept.version + 1, revoked: true });
      if (!isFirst) throw unusable('The request URI was used before');
    },
  };
}

function unusable(description: string): Refusal {
  return new Refusal('invalid_request_uri', description);
}
