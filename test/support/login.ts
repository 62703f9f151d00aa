/** An authorization server with one client, one user and a clock that stands still until a test moves it. */

import { createAuthorizationServer, type AuthorizationServer, type AuthorizationServerOptions } from '../../src/authorization-server.ts';
import { memoryRevocation } from '../../src/stores/memory-revocation.ts';
import type { RevocationSource } from '../../src/stores/revocation.ts';
import { agedMemory } from './api.ts';
import { generateProofKey, makeProof, type ProofKey, type ProofParts } from './proofs.ts';

// RFC 7636 appendix B.
export const codeVerifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
export const codeChallenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

export const client = { clientId: 'spa', redirectUris: ['https://app.example.com/callback', 'https://app.example.com/other?a=1'] };
export const redirectUri = client.redirectUris[0]!;

/** A good authorization request. */
export const authorizationRequest = {
  client_id: client.clientId,
  redirect_uri: redirectUri,
  response_type: 'code',
  code_challenge: codeChallenge,
  code_challenge_method: 'S256',
  scope: 'orders',
  state: 'a state & more',
};

export interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly scope?: string;
}

type Form = Record<string, string | undefined>;

/** What a test sends to the token endpoint: a good request, but for what it bends. */
export interface AskParts {
  readonly form?: Form;
  /** undefined sends none. */
  readonly proof?: string | undefined;
  readonly proofParts?: Partial<ProofParts>;
  readonly headers?: Record<string, string>;
}

export interface LoginServer {
  readonly clock: { nowSeconds: number };
  readonly server: AuthorizationServer;
  readonly alice: ProofKey;
  readonly thief: ProofKey;
  readonly revocation: RevocationSource;
  prove(parts?: Partial<ProofParts>): Promise<string>;
  /** A fresh authorization code. */
  code(parts?: { dpopJkt?: string; scope?: string }): Promise<string>;
  /** A form to an endpoint. */
  post(url: string, form: Form | URLSearchParams, headers?: Record<string, string>): Promise<Response>;
  /** A token request with a proof. */
  ask(form: Form, parts?: Omit<AskParts, 'form'>): Promise<Response>;
  redeem(code: string, parts?: AskParts): Promise<Response>;
  refresh(refreshToken: string, parts?: AskParts): Promise<Response>;
  logIn(): Promise<TokenAnswer>;
}

/** Builds the server. Nonce policy here: `none`, unless a test asks for another one. */
export async function createLogin(overrides: Partial<AuthorizationServerOptions> = {}): Promise<LoginServer> {
  const clock = { nowSeconds: 1_800_000_000 };
  const nowSeconds = () => clock.nowSeconds;
  const [alice, thief] = await Promise.all([generateProofKey(), generateProofKey()]);
  const revocation = memoryRevocation({ nowSeconds });
  const server = createAuthorizationServer({
    issuer: 'https://login.example.com',
    audience: 'https://api.example.com',
    clients: [client, { clientId: 'other', redirectUris: ['https://other.example.com/'] }],
    replayStore: agedMemory(clock),
    revocation,
    nonce: { policy: 'none' },
    nowSeconds,
    ...overrides,
  });
  const { token: tokenUrl } = server.endpoints;

  const prove: LoginServer['prove'] = (parts) =>
    makeProof({ key: alice, method: 'POST', url: tokenUrl, nowSeconds: clock.nowSeconds, ...parts });
  const post: LoginServer['post'] = (url, form, headers = {}) => {
    const body = form instanceof URLSearchParams ? form : toParameters(form);
    return server.fetch(new Request(url, { method: 'POST', body, headers }));
  };
  const ask: LoginServer['ask'] = async (form, parts = {}) => {
    const proof = 'proof' in parts ? parts.proof : await prove(parts.proofParts);
    return post(tokenUrl, { client_id: client.clientId, ...form }, { ...(proof !== undefined && { DPoP: proof }), ...parts.headers });
  };
  const redeem: LoginServer['redeem'] = (code, { form, ...parts } = {}) =>
    ask({ grant_type: 'authorization_code', code, code_verifier: codeVerifier, redirect_uri: redirectUri, ...form }, parts);
  const code: LoginServer['code'] = (parts) =>
    server.authorize({ clientId: client.clientId, redirectUri, sub: 'alice', codeChallenge, ...parts });
  return {
    clock, server, alice, thief, revocation, prove, code, post, ask, redeem,
    refresh: (refresh_token, { form, ...parts } = {}) => ask({ grant_type: 'refresh_token', refresh_token, ...form }, parts),
    logIn: async () => (await (await redeem(await code())).json()) as TokenAnswer,
  };
}

function toParameters(form: Form): URLSearchParams {
  return new URLSearchParams(Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
