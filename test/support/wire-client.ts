/** A client that does on the wire what the SDK does, step by step, so that a test can bend each step. */

import type { MockServers } from '../../src/msw.ts';
import type { TokenAnswer } from './login.ts';
import { generateProofKey, makeProof, type ProofKey, type ProofParts } from './proofs.ts';

export interface WireClient {
  readonly key: ProofKey;
  /** A proof of this client's key (or of the thief's, where `key` says so). */
  prove(parts: Partial<ProofParts> & { url: string }): Promise<string>;
  /** A nonce of the server, as anybody gets one: by asking without. */
  fetchNonce(url: string, accessToken?: string): Promise<string>;
  /** A token request with a proof and a nonce. */
  askForToken(body: URLSearchParams, parts?: Partial<ProofParts>): Promise<Response>;
  /** A user's tokens. */
  logIn(sub?: string): Promise<TokenAnswer>;
  /** A request with a token and a proof; with a fresh nonce, unless `nonce` is given. */
  request(url: string, accessToken: string, parts?: Partial<ProofParts>): Promise<Request>;
}

/** A client of some mock servers, over a fetch that reaches them. */
export async function createWireClient(
  servers: MockServers,
  { fetch, nowSeconds, key }: { fetch: typeof globalThis.fetch; nowSeconds: () => number; key?: ProofKey },
): Promise<WireClient> {
  const own = key ?? (await generateProofKey());
  const tokenUrl = servers.authorizationServer.endpoints.token;
  const prove: WireClient['prove'] = (parts) => makeProof({ key: own, nowSeconds: nowSeconds(), ...parts });

  async function fetchNonce(url: string, accessToken?: string): Promise<string> {
    const method = accessToken === undefined ? 'POST' : 'GET';
    const proof = await prove({ method, url, ...(accessToken !== undefined && { accessToken }) });
    const response =
      accessToken === undefined
        ? await fetch(url, { method, headers: { DPoP: proof }, body: new URLSearchParams({ client_id: servers.client.clientId }) })
        : await fetch(url, { headers: { Authorization: `DPoP ${accessToken}`, DPoP: proof } });
    return response.headers.get('DPoP-Nonce')!;
  }

  async function askForToken(body: URLSearchParams, parts: Partial<ProofParts> = {}): Promise<Response> {
    const nonce = 'nonce' in parts ? parts.nonce : await fetchNonce(tokenUrl);
    const proof = await prove({ method: 'POST', url: tokenUrl, ...parts, nonce });
    return fetch(tokenUrl, { method: 'POST', headers: { DPoP: proof }, body });
  }

  return {
    key: own,
    prove,
    fetchNonce,
    askForToken,
    async logIn(sub = 'alice') {
      const response = await askForToken(await servers.logIn(sub));
      return (await response.json()) as TokenAnswer;
    },
    async request(url, accessToken, parts = {}) {
      const nonce = 'nonce' in parts ? parts.nonce : await fetchNonce(url, accessToken);
      const proof = await prove({ url, accessToken, ...parts, nonce });
      return new Request(url, { method: parts.method ?? 'GET', headers: { Authorization: `DPoP ${accessToken}`, DPoP: proof } });
    },
  };
}
