// Verifiers of requests, each set up as its own documentation says. Each gives a function that rejects what it refuses.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createRequire } from 'node:module';
import { createSolidTokenVerifier } from '@solid/access-token-verifier';
import { auth } from 'express-oauth2-jwt-bearer';
import { calculateJwkThumbprint, createLocalJWKSet, EmbeddedJWK, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import { createResourceServer, memoryReplayStore, memoryRevocation } from '../../dist/resource-server.js';
import { audience, issuer, url } from './requests.mjs';

const { pathname, host } = new URL(url);

/** Ours, with all that a server has: nonces, a memory of proofs, a memory of revocations; and what else is wanted. */
export function keybound({ jwks }, { token }, options = {}) {
  const server = createResourceServer({
    issuers: [{ issuer, audience, keys: jwks, algorithms: [token] }],
    publicUrl: new URL(audience),
    replayStore: memoryReplayStore({ maxEntries: 10_000_000, maxEntriesPerKey: 10_000_000 }),
    revocation: memoryRevocation(),
    nonce: { policy: 'window', lifetimeSeconds: 3600 },
    ...options,
  });
  const verifyOne = ({ authorization, dpop }) =>
    server.verify({ method: 'GET', url: pathname, headers: [['host', host], ['accept', '*/*'], ['authorization', authorization], ['dpop', dpop]] });
  return {
    async nonce({ authorization, dpop }) {
      return (await verifyOne({ authorization, dpop })).headers.get('DPoP-Nonce');
    },
    async verify(request) {
      const decision = await verifyOne(request);
      if (!decision.ok) throw new Error(decision.code, { cause: decision.cause });
    },
  };
}

/** What somebody writes with jose: the checks of RFC 9449 §4.3 without nonces, and a Set of what was used. */
export function joseByHand({ jwks }, { token }) {
  const keys = createLocalJWKSet(jwks);
  const used = new Set();
  return {
    async verify({ accessToken, dpop }) {
      const { payload } = await jwtVerify(accessToken, keys, { issuer, audience, typ: 'at+jwt', algorithms: [token] });
      const terms = { typ: 'dpop+jwt', algorithms: ['Ed25519', 'EdDSA', 'ES256'], maxTokenAge: 3600, clockTolerance: 5 };
      const proof = await jwtVerify(dpop, EmbeddedJWK, terms);
      const { htm, htu, ath, jti } = proof.payload;
      const hash = createHash('sha256').update(accessToken).digest('base64url');
      if (htm !== 'GET' || htu !== url || ath !== hash || used.has(jti)) throw new Error('invalid_dpop_proof');
      used.add(jti);
      if (payload.cnf.jkt !== (await calculateJwkThumbprint(proof.protectedHeader.jwk))) throw new Error('invalid_token');
    },
  };
}

/** oauth4webapi's validateJwtAccessToken: it has no memory of proofs and no nonces. */
export function oauth4webapi({ jwks }, { token, proof }) {
  const as = { issuer, jwks_uri: `${issuer}/jwks` };
  const options = {
    requireDPoP: true,
    signingAlgorithms: [...new Set([token, proof])],
    [oauth.jwksCache]: { jwks, uat: Math.floor(Date.now() / 1000) },
  };
  return {
    async verify({ authorization, dpop }) {
      await oauth.validateJwtAccessToken(as, new Request(url, { headers: { authorization, dpop } }), audience, options);
    },
  };
}

/** express-oauth2-jwt-bearer, as Express calls it: no memory of proofs and no nonces. */
export function expressOauth2JwtBearer({ jwks }, { token }) {
  const [jwk] = jwks.keys;
  const guard = auth({
    issuer, audience, tokenSigningAlg: token, strict: true,
    publicKey: jwk,
    dpop: { enabled: true, required: true, iatOffset: 3600, iatLeeway: 30 },
  });
  return {
    verify: ({ authorization, dpop }) =>
      new Promise((resolve, reject) => {
        const headers = { host, authorization, dpop };
        const request = {
          method: 'GET', url: pathname, originalUrl: pathname, protocol: 'https', hostname: host, secure: true, headers, query: {}, body: undefined,
          get: (name) => headers[name.toLowerCase()], header: (name) => headers[name.toLowerCase()], is: () => false,
        };
        guard(request, {}, (error) => (error ? reject(error) : resolve()));
      }),
  };
}

// The jose that it brings itself.
const solidJose = createRequire(createRequire(import.meta.url).resolve('@solid/access-token-verifier'))('jose');

/**
 * @solid/access-token-verifier, with its own memory of 12,000 proofs and no nonces. What it would fetch, the issuer's keys
 * and the issuers that a WebID names, it is given in the caches that it takes for that: there is no network here.
 */
export function solidAccessTokenVerifier({ jwks }) {
  const keys = solidJose.createLocalJWKSet(jwks);
  const verifyToken = createSolidTokenVerifier(undefined, { getKeySet: async () => keys }, { getIssuers: async () => [issuer] });
  return {
    verify: ({ authorization, dpop }) => verifyToken(authorization, { header: dpop, method: 'GET', url }),
  };
}

/** One signature, as the platform verifies it: what nobody can be faster than. */
export function rawVerify(requests) {
  const samples = requests.map(({ dpop }) => {
    const [head, payload, signature] = dpop.split('.');
    const { alg, jwk } = JSON.parse(Buffer.from(head, 'base64url'));
    const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
    return { digest: alg === 'ES256' ? 'sha256' : undefined, signed: Buffer.from(`${head}.${payload}`), key, signature: Buffer.from(signature, 'base64url') };
  });
  return (index) => {
    const { digest, signed, key, signature } = samples[index % samples.length];
    if (!verify(digest, signed, key, signature)) throw new Error('A signature does not verify');
  };
}
