/**
 * APIs that know nothing of DPoP: the libraries that they verify tokens with, over real HTTP, accept bound tokens and
 * ignore `cnf` (RFC 7800 §3.1). And what that means while some APIs have moved and some have not.
 */

import { assert } from 'chai';
import express from 'express';
import { expressjwt, type GetVerificationKey } from 'express-jwt';
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify, SignJWT, type JSONWebKeySet } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import { execFile } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { promisify } from 'node:util';
import { findPyJwt } from '../../scripts/browsers/find.mjs';
import { createAuthorizationServer, type AuthorizationServer } from '../../src/authorization-server.ts';
import {
  createResourceServer, fromNode, memoryReplayStore, sendResponse, type ResourceServerOptions,
} from '../../src/resource-server.ts';
import { listen, toRequest, type Listening } from '../servers/listen.ts';
import { generateProofKey, makeProof, type ProofKey } from '../support/proofs.ts';
import { named } from '../support/versions.ts';

const audience = 'urn:keybound:test-api';

type Algorithm = 'ES256' | 'RS256';

/** An issuer over HTTP, whose signing key the test can use too: for the tokens of clients that have not moved. */
interface Issuer extends Listening {
  readonly server: AuthorizationServer;
  readonly alg: Algorithm;
  bound(jkt: string): Promise<string>;
  unbound(): Promise<string>;
}

const generation = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
};

async function startIssuer(alg: Algorithm): Promise<Issuer> {
  const pair = await crypto.subtle.generateKey(generation[alg], false, ['sign', 'verify']);
  const listening = await listen(async (message, response, origin) => sendResponse(response, await server.fetch(await toRequest(message, origin))));
  const { origin: issuer } = listening;
  const server = createAuthorizationServer({ issuer, audience, clients: [{ clientId: 'spa', redirectUris: [] }], replayStore: memoryReplayStore(), signingKeys: [pair] });
  const [{ kid }] = (await server.jwks()).keys as [{ kid: string }];
  return {
    ...listening,
    server,
    alg,
    bound: async (jkt) => (await server.issue({ sub: 'alice', clientId: 'spa', jkt })).accessToken,
    unbound: () =>
      new SignJWT({ sub: 'alice', client_id: 'spa', jti: crypto.randomUUID() }).setProtectedHeader({ alg, kid, typ: 'at+jwt' })
        .setIssuer(issuer).setAudience(audience).setIssuedAt().setExpirationTime('5 min').sign(pair.privateKey),
  };
}

/** Verifies a token as an API does that was written before DPoP, and gives the claims. */
type Legacy = (accessToken: string, issuer: Issuer) => Promise<Record<string, unknown>>;

async function fetchPem({ server }: Issuer): Promise<string> {
  const { keys } = (await (await fetch(server.endpoints.jwks)).json()) as JSONWebKeySet;
  return createPublicKey({ key: keys[0] as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
}

const python = `
import json, sys, jwt
token, issuer, audience, jwks, alg = sys.argv[1:]
key = jwt.PyJWKClient(jwks).get_signing_key_from_jwt(token).key
print(json.dumps(jwt.decode(token, key, algorithms=[alg], audience=audience, issuer=issuer)))
`;

const validators: [string, Legacy][] = [
  [named('jose'), async (accessToken, { origin, server }) => {
    const { payload } = await jwtVerify(accessToken, createRemoteJWKSet(new URL(server.endpoints.jwks)), { issuer: origin, audience });
    return payload;
  }],
  [named('jsonwebtoken'), async (accessToken, issuer) =>
    jsonwebtoken.verify(accessToken, await fetchPem(issuer), { algorithms: [issuer.alg], issuer: issuer.origin, audience }) as Record<string, unknown>],
  [`${named('express-jwt')}, ${named('express')}`, async (accessToken, issuer) => {
    const secret: GetVerificationKey = () => fetchPem(issuer);
    const app = express().set('env', 'test').use(expressjwt({ secret, algorithms: [issuer.alg], issuer: issuer.origin, audience }));
    app.get('/orders', (request: express.Request & { auth?: object }, response) => void response.json(request.auth));
    const api = await listen(async (message, response) => void app(message, response));
    const answer = await fetch(`${api.origin}/orders`, { headers: { Authorization: `Bearer ${accessToken}` } });
    await api.close();
    assert.equal(answer.status, 200);
    return (await answer.json()) as Record<string, unknown>;
  }],
  ['PyJWT', async (accessToken, { origin, server, alg }) => {
    const { stdout } = await promisify(execFile)(findPyJwt()!, ['-c', python, accessToken, origin, audience, server.endpoints.jwks, alg]);
    return JSON.parse(stdout) as Record<string, unknown>;
  }],
];

describe('interop: validators that know nothing of DPoP', () => {
  let issuers: Record<Algorithm, Issuer>;
  let alice: ProofKey;

  before(async () => {
    issuers = { ES256: await startIssuer('ES256'), RS256: await startIssuer('RS256') };
    alice = await generateProofKey('Ed25519');
  });
  after(() => Promise.all(Object.values(issuers).map((issuer) => issuer.close())));

  for (const alg of ['ES256', 'RS256'] as const) {
    for (const [name, validate] of validators) {
      it(`${name}: accepts a bound token and ignores cnf (RFC 7800 §3.1), ${alg}`, async function () {
        if (name === 'PyJWT' && !findPyJwt()) this.skip();
        const claims = await validate(await issuers[alg].bound(alice.jkt), issuers[alg]);
        assert.deepInclude(claims, { sub: 'alice', client_id: 'spa', aud: audience, cnf: { jkt: alice.jkt } });
      });

      it(`${name}: still refuses a bound token whose claims were changed, ${alg}`, async function () {
        if (name === 'PyJWT' && !findPyJwt()) this.skip();
        const [header, payload, signature] = (await issuers[alg].bound(alice.jkt)).split('.') as [string, string, string];
        const forged = Buffer.from(payload, 'base64url').toString().replace('alice', 'admin');
        const token = [header, Buffer.from(forged).toString('base64url'), signature].join('.');
        const accepted = await validate(token, issuers[alg]).then(() => true, () => false);
        assert.isFalse(accepted);
      });
    }
  }
});

describe('interop: a fleet of which a part has moved', () => {
  let issuer: Issuer;
  let alice: ProofKey;
  let thief: ProofKey;
  const apis: Record<string, Listening> = {};

  /** One user, one audience, three APIs: not moved yet, moving (`unbound-only`: it takes both), and moved. */
  before(async () => {
    issuer = await startIssuer('ES256');
    [alice, thief] = [await generateProofKey('Ed25519'), await generateProofKey('Ed25519')];
    const jwks = createLocalJWKSet(await issuer.server.jwks());
    apis.old = await listen(async (message, response) => {
      const [, token = ''] = /^Bearer (.*)$/.exec(message.headers.authorization ?? '') ?? [];
      const isGood = await jwtVerify(token, jwks, { issuer: issuer.origin, audience }).then(() => true, () => false);
      await sendResponse(response, new Response(null, { status: isGood ? 200 : 401 }));
    });
    apis.moving = await startApi({ bearer: 'unbound-only' });
    apis.moved = await startApi({});
  });
  after(() => Promise.all([issuer, ...Object.values(apis)].map((server) => server.close())));

  function startApi(options: Partial<ResourceServerOptions>): Promise<Listening> {
    const { origin, server } = issuer;
    const resourceServer = createResourceServer({ issuers: [{ issuer: origin, audience, keys: new URL(server.endpoints.jwks) }], replayStore: memoryReplayStore(), ...options });
    return listen(async (message, response, publicUrl) => {
      const decision = await resourceServer.verify(fromNode(message, { publicUrl }));
      const { headers } = decision;
      await sendResponse(response, decision.ok ? new Response(decision.scheme, { headers }) : decision.response());
    });
  }

  type Sender = (url: string, token: string) => Promise<Response>;

  const asBearer: Sender = (url, token) => fetch(url, { headers: { Authorization: `Bearer ${token}` } });

  const withKey = (key: ProofKey, scheme = 'DPoP'): Sender => async (url, token) => {
    const ask = async (nonce?: string) => {
      const proof = await makeProof({ key, url, accessToken: token, nonce, nowSeconds: Math.floor(Date.now() / 1000) });
      return fetch(url, { headers: { Authorization: `${scheme} ${token}`, DPoP: proof } });
    };
    const first = await ask();
    const nonce = first.headers.get('DPoP-Nonce');
    return first.status === 401 && nonce ? ask(nonce) : first;
  };

  const asAlice: Sender = (url, token) => withKey(alice)(url, token);
  const asThief: Sender = (url, token) => withKey(thief)(url, token);
  const asBearerWithAliceProof: Sender = (url, token) => withKey(alice, 'Bearer')(url, token);

  // What comes of each token, sent in each way, at each API.
  const rows: [string, 'bound' | 'unbound', Sender, Record<'old' | 'moving' | 'moved', string>][] = [
    ['an unbound token as Bearer', 'unbound', asBearer, { old: '200', moving: '200', moved: 'bearer_downgrade' }],
    ['a bound token as Bearer', 'bound', asBearer, { old: '200', moving: 'bearer_downgrade', moved: 'bearer_downgrade' }],
    ['a bound token as Bearer with a proof beside it', 'bound', asBearerWithAliceProof, { old: '200', moving: 'bearer_downgrade', moved: 'bearer_downgrade' }],
    ['a bound token with a proof', 'bound', asAlice, { old: '401', moving: '200', moved: '200' }],
    ["a bound token with a thief's proof", 'bound', asThief, { old: '401', moving: 'proof_key_not_bound_to_token', moved: 'proof_key_not_bound_to_token' }],
    ['an unbound token with a proof', 'unbound', asAlice, { old: '401', moving: 'proof_key_not_bound_to_token', moved: 'proof_key_not_bound_to_token' }],
  ];

  for (const [what, kind, send, expected] of rows) {
    for (const [name, outcome] of Object.entries(expected)) {
      const api = { old: 'an API that has not moved', moving: 'an API that takes both', moved: 'an API that has moved' }[name];
      it(`${api}: ${what} -> ${outcome} (RFC 9449 §7.1, §7.2)`, async () => {
        const token = kind === 'bound' ? await issuer.bound(alice.jkt) : await issuer.unbound();
        const answer = await send(`${apis[name]!.origin}/orders`, token);
        const text = await answer.text();
        const { code } = (answer.status === 401 && text ? JSON.parse(text) : {}) as { code?: string };
        assert.equal(code ?? String(answer.status), outcome);
      });
    }
  }

  it("an API that takes both: a client learns from the challenges that both ways are open (RFC 9449 §7.2)", async () => {
    const answer = await fetch(`${apis.moving!.origin}/orders`);
    assert.equal(answer.headers.get('WWW-Authenticate'), 'DPoP algs="Ed25519 EdDSA ES256", Bearer');
  });
});
