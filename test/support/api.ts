/** A resource server with one issuer, one user and a clock that stands still until a test moves it. */

import { createResourceServer, memoryReplayStore, memoryRevocation } from '../../src/resource-server.ts';
import type { Decision, ReplayStore, ResourceServerOptions } from '../../src/resource-server.ts';
import { generateProofKey, makeProof, type ProofKey, type ProofParts } from './proofs.ts';
import { createTokenIssuer, type TokenIssuer, type TokenParts } from './tokens.ts';

export const ordersUrl = 'https://api.example.com/orders';

export interface Clock {
  nowSeconds: number;
}

export interface ApiRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: [string, string][];
}

/** What a test sends: a good request, but for what it bends. */
export interface SendParts {
  readonly method?: string;
  readonly url?: string;
  readonly accessToken?: string;
  /** Claims and header of a token that is issued for this request. */
  readonly token?: Omit<TokenParts, 'nowSeconds'>;
  readonly proof?: string | ((accessToken: string) => string | Promise<string>);
  /** What bends the proof; its key signs for the token, too. */
  readonly proofParts?: Partial<ProofParts>;
  readonly nonce?: string | undefined;
  readonly scheme?: string;
  /** The request's headers, instead of Authorization and DPoP. */
  readonly headers?: (credentials: { accessToken: string; proof: string }) => [string, string][];
}

export interface Api {
  readonly clock: Clock;
  readonly issuer: TokenIssuer;
  readonly alice: ProofKey;
  readonly thief: ProofKey;
  readonly options: ResourceServerOptions;
  issueToken(parts?: Omit<TokenParts, 'nowSeconds'>): Promise<string>;
  prove(parts?: Partial<ProofParts>): Promise<string>;
  request(parts?: SendParts): Promise<ApiRequest>;
  verify(request: ApiRequest | Request): Promise<Decision>;
  send(parts?: SendParts): Promise<Decision>;
  /** Another server over the same options: a replica, or a server set up otherwise. */
  replica(options?: Partial<ResourceServerOptions>): { verify(request: ApiRequest | Request): Promise<Decision> };
  /** A nonce, as a client gets it: by asking without one. */
  fetchNonce(): Promise<string>;
}

/** A memory that has been there for an hour: a new one cannot vouch for proofs from before its birth. */
export function agedMemory(clock: Clock, options: { readonly maxEntries?: number } = {}): ReplayStore {
  let ageSeconds = 3600;
  const store = memoryReplayStore({ ...options, nowSeconds: () => clock.nowSeconds - ageSeconds });
  ageSeconds = 0;
  return store;
}

/** Builds the server. Nonce policy here: `none`, unless a test asks for another one. */
export async function createApi(overrides: Partial<ResourceServerOptions> = {}): Promise<Api> {
  const clock: Clock = { nowSeconds: 1_800_000_000 };
  const nowSeconds = () => clock.nowSeconds;
  const [issuer, alice, thief] = await Promise.all([createTokenIssuer(), generateProofKey(), generateProofKey()]);
  const options: ResourceServerOptions = {
    issuers: [{ issuer: issuer.issuer, audience: issuer.audience, keys: issuer.jwks }],
    replayStore: agedMemory(clock),
    revocation: memoryRevocation({ nowSeconds }),
    nonce: { policy: 'none' },
    nowSeconds,
    ...overrides,
  };
  const server = createResourceServer(options);

  const issueToken: Api['issueToken'] = (parts) => issuer.issue({ jkt: alice.jkt, nowSeconds: clock.nowSeconds, ...parts });
  const prove: Api['prove'] = (parts) => makeProof({ key: alice, url: ordersUrl, nowSeconds: clock.nowSeconds, ...parts });

  async function request(parts: SendParts = {}): Promise<ApiRequest> {
    const { method = 'GET', url = ordersUrl, scheme = 'DPoP', nonce } = parts;
    const accessToken = parts.accessToken ?? (await issueToken(parts.token));
    const given = typeof parts.proof === 'function' ? await parts.proof(accessToken) : parts.proof;
    const proof = given ?? (await prove({ method, url, accessToken, nonce, ...parts.proofParts }));
    const headers = parts.headers?.({ accessToken, proof }) ?? [['Authorization', `${scheme} ${accessToken}`], ['DPoP', proof]];
    return { method, url, headers };
  }

  const send: Api['send'] = async (parts) => server.verify(await request(parts));
  return {
    clock, issuer, alice, thief, options, issueToken, prove, request, send,
    verify: (sent) => server.verify(sent),
    replica: (changed) => createResourceServer({ ...options, ...changed }),
    async fetchNonce() {
      const { headers } = await send();
      return headers.get('DPoP-Nonce')!;
    },
  };
}
