/**
 * An authorization server as a vendor documents its wire: node:http, proofs and tokens by jose, nothing of ours. Each
 * vendor's file says what is special about it; the human logs in at once.
 */

import { calculateJwkThumbprint, EmbeddedJWK, exportJWK, generateKeyPair, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { listen, toRequest, type Listening } from '../../servers/listen.ts';

/** What the user has granted, and to which key. */
export interface WireGrant {
  readonly clientId: string;
  readonly scope: string;
  readonly codeChallenge?: string;
  readonly jkt?: string | undefined;
}

/** What a vendor's documents say. */
export interface Vendor {
  /** Its public origin. */
  readonly origin: string;
  readonly issuer: string;
  readonly paths: { readonly authorize: string; readonly token: string; readonly keys: string; readonly revoke?: string };
  /** The algorithms of proofs that it takes; undefined: it knows nothing of DPoP. */
  readonly proofAlgorithms?: readonly string[];
  /** Whether its metadata lists them. */
  readonly listsAlgorithms?: boolean;
  /** How old a proof may be. Default: 300. */
  readonly proofAgeSeconds?: number;
  /** How many nonces, the newest one included, are good; undefined: it has none. */
  readonly goodNonces?: number;
  /** What it says of a nonce that is missing or old, of a proof that is missing, and of a bad one. */
  readonly nonceWanted?: string;
  readonly proofMissing?: string;
  readonly proofRefusal: (fault: string) => { readonly error: string; readonly error_description: string };
  /** Its access token, but for `iss`, `iat` and `exp`. `typ` undefined: there is none. */
  readonly accessToken: (grant: WireGrant) => { readonly typ?: string; readonly claims: JWTPayload };
  /** Response headers that pages may read. */
  readonly exposedHeaders: readonly string[];
  /** The secret of its client, where that is a confidential one. */
  readonly clientSecret?: string;
}

/** A vendor's server, running. */
export interface Wire extends Listening {
  readonly vendor: Vendor;
  /** Every answer of the token endpoint: status, and what its body says. */
  readonly answers: readonly { readonly status: number; readonly grantType: string | null; readonly error?: string; readonly tokenType?: string }[];
  /** The ID tokens that were issued. */
  readonly idTokens: readonly string[];
  /** Whether a refresh token is good. */
  knows(refreshToken: string): boolean;
  /** By how much its clock is ahead, for proofs. */
  clockAheadSeconds: number;
  /** Makes another nonce: time goes by. */
  renewNonce(): void;
  /** The browser of a user who logs in: follows the link, and comes back with this URL. */
  visit(link: string): Promise<URL>;
}

/** What a browser does with a link: no script's fetch, and so no CORS. */
const { fetch: navigate } = globalThis;

export async function startWire(vendor: Vendor): Promise<Wire> {
  const { origin, issuer, paths, exposedHeaders } = vendor;
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'RS256', use: 'sig' }];
  const grants = new Map<string, WireGrant>();
  const spent = new Set<string>();
  const nonces: string[] = [crypto.randomUUID()];
  const answers: Wire['answers'][number][] = [];
  const idTokens: string[] = [];

  const metadata = {
    issuer,
    authorization_endpoint: origin + paths.authorize,
    token_endpoint: origin + paths.token,
    jwks_uri: origin + paths.keys,
    ...(paths.revoke !== undefined && { revocation_endpoint: origin + paths.revoke }),
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    id_token_signing_alg_values_supported: ['RS256'],
    subject_types_supported: ['public'],
    ...(vendor.listsAlgorithms && { dpop_signing_alg_values_supported: vendor.proofAlgorithms }),
  };

  const sign = (claims: JWTPayload, typ: string | undefined) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'key-1', ...(typ !== undefined && { typ }) })
      .setIssuer(issuer).setIssuedAt().setExpirationTime('5 min').sign(privateKey);

  function grant(given: WireGrant): string {
    const handle = crypto.randomUUID();
    grants.set(handle, given);
    return handle;
  }

  function authorize(asked: URLSearchParams): Response {
    const back = new URL(asked.get('redirect_uri')!);
    const code = grant({ clientId: asked.get('client_id')!, scope: asked.get('scope')!, codeChallenge: asked.get('code_challenge')! });
    back.search = String(new URLSearchParams({ code, state: asked.get('state')! }));
    return new Response(null, { status: 302, headers: { Location: back.href } });
  }

  const denied = (error: string, error_description: string, headers = {}) => Response.json({ error, error_description }, { status: 400, headers });

  /** The thumbprint of the proof's key, or what is wrong. */
  async function verifyProof(compact: string | null): Promise<string | Response> {
    const refuse = (fault: string) => Response.json(vendor.proofRefusal(fault), { status: 400 });
    if (compact === null) return refuse(vendor.proofMissing ?? 'There is no proof');
    const read = () => jwtVerify<{ htm: string; htu: string; nonce?: string }>(compact, EmbeddedJWK, { typ: 'dpop+jwt', algorithms: [...vendor.proofAlgorithms!], maxTokenAge: vendor.proofAgeSeconds ?? 300, clockTolerance: 15, currentDate: new Date(Date.now() + wire.clockAheadSeconds * 1000) });
    const proof = await read().catch((error: Error) => error);
    if (proof instanceof Error) return refuse(proof.message);
    const { payload: { htm, htu, jti, nonce = '' }, protectedHeader: { jwk } } = proof;
    if (htm !== 'POST' || htu !== metadata.token_endpoint) return refuse('DPoP HTTP URL mismatch');
    if (vendor.goodNonces && !nonces.slice(-vendor.goodNonces).includes(nonce)) return denied('use_dpop_nonce', vendor.nonceWanted!, { 'DPoP-Nonce': nonces.at(-1)! });
    if (!jti || spent.has(jti)) return refuse('DPoP proof has already been used');
    spent.add(jti);
    return calculateJwkThumbprint(jwk!);
  }

  async function answerToken(request: Request): Promise<Response> {
    const form = new URLSearchParams(await request.text());
    if (vendor.clientSecret !== undefined && form.get('client_secret') !== vendor.clientSecret) return denied('invalid_client', 'No such client');
    const jkt = vendor.proofAlgorithms ? await verifyProof(request.headers.get('DPoP')) : undefined;
    if (jkt instanceof Response) return jkt;
    const handle = form.get('code') ?? form.get('refresh_token') ?? '';
    const granted = grants.get(handle);
    const challenge = form.has('code') ? await sha256(form.get('code_verifier') ?? '') : granted?.codeChallenge;
    if (!granted || granted.codeChallenge !== challenge) return denied('invalid_grant', 'Unknown code or refresh token');
    if ((granted.jkt ?? jkt) !== jkt) return denied('invalid_grant', 'The refresh token is bound to another key');
    grants.delete(handle);
    const { clientId, scope } = granted;
    const { typ, claims } = vendor.accessToken(granted);
    const id = { sub: 'alice', aud: clientId, name: 'Alice', oid: 'oid-of-alice' };
    const idToken = /\bopenid\b/.test(scope) ? await sign(id, typ === undefined ? undefined : 'JWT') : undefined;
    if (idToken !== undefined) idTokens.push(idToken);
    return Response.json({
      access_token: await sign({ ...claims, ...(jkt !== undefined && { cnf: { jkt } }) }, typ),
      token_type: jkt === undefined ? 'Bearer' : 'DPoP',
      expires_in: 300,
      scope,
      ...(idToken !== undefined && { id_token: idToken }),
      ...(/\boffline_access\b/.test(scope) && { refresh_token: grant({ clientId, scope, jkt }) }),
    });
  }

  async function route(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: { 'Access-Control-Allow-Headers': 'authorization,content-type,dpop', 'Access-Control-Allow-Methods': 'GET,POST' } });
    if (pathname === paths.authorize) return authorize(searchParams);
    if (pathname === paths.revoke) {
      grants.delete(new URLSearchParams(await request.text()).get('token')!);
      return new Response(null, { status: 200 });
    }
    if (pathname === paths.keys) return Response.json({ keys });
    if (origin + pathname === `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`) return Response.json(metadata);
    if (pathname !== paths.token) return new Response(null, { status: 404 });
    const grantType = new URLSearchParams(await request.clone().text()).get('grant_type');
    const answer = await answerToken(request);
    const { error, token_type: tokenType } = (await answer.clone().json()) as { error?: string; token_type?: string };
    answers.push({ status: answer.status, grantType, ...(error && { error }), ...(tokenType && { tokenType }) });
    return answer;
  }

  const listening = await listen(async (message, response) => {
    const answer = await route(await toRequest(message, origin));
    answer.headers.set('Access-Control-Allow-Origin', message.headers.origin ?? '*');
    if (exposedHeaders.length) answer.headers.set('Access-Control-Expose-Headers', exposedHeaders.join(', '));
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
  });

  const wire: Wire = {
    ...listening,
    vendor,
    answers,
    idTokens,
    knows: (refreshToken) => grants.has(refreshToken),
    clockAheadSeconds: 0,
    renewNonce: () => void nonces.push(crypto.randomUUID()),
    async visit(link) {
      const { pathname, search } = new URL(link);
      const answer = await navigate(listening.origin + pathname + search, { redirect: 'manual' });
      return new URL(answer.headers.get('Location')!);
    },
  };
  return wire;
}

async function sha256(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text))).toString('base64url');
}
