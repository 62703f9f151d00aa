/** Resource servers for one issuer's tokens: other people's code that verifies proofs, and ours. */

import express, { type ErrorRequestHandler } from 'express';
import { auth } from 'express-oauth2-jwt-bearer';
import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, createRemoteJWKSet, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import { createCors, createResourceServer, guardNode, memoryReplayStore } from '../../src/resource-server.ts';
import { listen, type Handler } from './listen.ts';

/** Whose tokens are taken, for which audience, and which pages may call. */
export interface ValidatorOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly pageOrigin: string;
}

/** Who verifies. */
export type Validator = 'keybound' | 'oauth4webapi' | 'express-oauth2-jwt-bearer' | 'jose';

/** Each on an origin of its own. What they let pass they answer with the token's `sub` and the proof's `alg`. */
export async function startValidators({ pageOrigin, ...terms }: ValidatorOptions) {
  const kinds = { keybound, oauth4webapi, 'express-oauth2-jwt-bearer': expressOauth2JwtBearer, jose };
  const start = async ([name, create]: [string, (terms: Terms) => Handler]) =>
    [name, await listen(readable(pageOrigin, create(terms)))] as const;
  const all = await Promise.all(Object.entries(kinds).map(start));
  return {
    origins: Object.fromEntries(all.map(([name, { origin }]) => [name, origin])) as Record<Validator, string>,
    close: async () => void (await Promise.all(all.map(([, server]) => server.close()))),
  };
}

type Terms = Omit<ValidatorOptions, 'pageOrigin'>;
type Message = Parameters<Handler>[0];
type Answer = Parameters<Handler>[1];

/** CORS before the verifier, as every API needs it that pages call. */
function readable(pageOrigin: string, handler: Handler): Handler {
  const cors = createCors({ origins: [pageOrigin] });
  return async (message, response, origin) => {
    const request = toRequest(message, origin);
    cors.headers(request).forEach((value, name) => response.setHeader(name, value));
    const preflight = cors.preflight(request);
    if (!preflight) return handler(message, response, origin);
    preflight.headers.forEach((value, name) => response.setHeader(name, value));
    response.writeHead(preflight.status).end();
  };
}

// These answer GET alone: there is no body.
function toRequest({ method, url, headers }: Message, origin: string): Request {
  return new Request(origin + url, { method: method!, headers: headers as Record<string, string> });
}

function welcome(response: Answer, message: Message, sub: unknown): void {
  const { alg } = decodeProtectedHeader(String(message.headers.dpop));
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ sub, alg }));
}

function refuse(response: Answer, error: string): void {
  response.writeHead(401, { 'WWW-Authenticate': `DPoP error="${error}", algs="Ed25519 EdDSA ES256"` }).end();
}

function keybound({ issuer, audience }: Terms): Handler {
  const issuers = [{ issuer, audience, keys: new URL(`${issuer}/jwks`) }];
  const resourceServer = createResourceServer({ issuers, replayStore: memoryReplayStore() });
  return async (message, response, origin) => {
    const allowed = await guardNode(resourceServer, { publicUrl: origin })(message, response);
    if (allowed) welcome(response, message, allowed.claims.sub);
  };
}

/** It throws what is wrong, and leaves the answer, nonces and replay to its user. */
function oauth4webapi({ issuer, audience }: Terms): Handler {
  const as = { issuer, jwks_uri: `${issuer}/jwks` };
  const options = { requireDPoP: true, [oauth.allowInsecureRequests]: true };
  return async (message, response, origin) => {
    try {
      const { sub } = await oauth.validateJwtAccessToken(as, toRequest(message, origin), audience, options);
      welcome(response, message, sub);
    } catch (error) {
      if (!(error instanceof oauth.OperationProcessingError)) throw error;
      refuse(response, 'invalid_token');
    }
  };
}

function expressOauth2JwtBearer({ issuer, audience }: Terms): Handler {
  const app = express();
  app.use(auth({ issuer, jwksUri: `${issuer}/jwks`, audience, tokenSigningAlg: 'ES256', dpop: { enabled: true, required: true } }));
  app.get('/orders', (request, response) => welcome(response, request, request.auth!.payload.sub));
  // Its own status and headers, without the stack that Express would print.
  const answer: ErrorRequestHandler = ({ status, headers }, _request, response, _next) => void response.status(status).set(headers).end();
  app.use(answer);
  return async (message, response) => app(message, response);
}

/** RFC 9449 §4.3 written out by hand, with nonces that serve once, the next in each answer (§8.2). */
function jose({ issuer, audience }: Terms): Handler {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  const spent = new Set<string>();
  const nonces = new Set<string>();
  const offerNonce = (response: Answer) => {
    const nonce = crypto.randomUUID();
    nonces.add(nonce);
    response.setHeader('DPoP-Nonce', nonce);
  };
  const challenge = (response: Answer, error: string) => {
    offerNonce(response);
    refuse(response, error);
  };
  return async (message, response, origin) => {
    const token = /^DPoP (\S+)$/i.exec(message.headers.authorization ?? '')?.[1];
    const proof = message.headers.dpop;
    if (!token || typeof proof !== 'string') return challenge(response, 'invalid_token');
    try {
      const { payload: claims } = await jwtVerify<{ cnf: { jkt: string } }>(token, keys, { issuer, audience, typ: 'at+jwt' });
      const { payload: said, protectedHeader } = await jwtVerify<Record<'htm' | 'htu' | 'ath' | 'nonce', string>>(proof, EmbeddedJWK, {
        typ: 'dpop+jwt', algorithms: ['Ed25519', 'EdDSA', 'ES256'], maxTokenAge: 60, clockTolerance: 5, requiredClaims: ['jti'],
      });
      const { pathname } = new URL(message.url!, origin);
      const isForThis = said.htm === message.method && said.htu === origin + pathname && said.ath === createHash('sha256').update(token).digest('base64url');
      if (!isForThis || spent.has(said.jti!)) return challenge(response, 'invalid_dpop_proof');
      if ((await calculateJwkThumbprint(protectedHeader.jwk!)) !== claims.cnf.jkt) return challenge(response, 'invalid_token');
      if (!nonces.delete(said.nonce)) return challenge(response, 'use_dpop_nonce');
      spent.add(said.jti!);
      offerNonce(response);
      welcome(response, message, claims.sub);
    } catch {
      challenge(response, 'invalid_token');
    }
  };
}
