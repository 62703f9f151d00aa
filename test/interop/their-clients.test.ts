/** Clients that are not ours, by their own rules, before our authorization server and our resource server. */

import { dpopFetchWrapper } from '../../node_modules/@atproto/oauth-client/dist/fetch-dpop.js';
import { WebcryptoKey } from '@atproto/jwk-webcrypto';
import { assert } from 'chai';
import * as dpop from 'dpop';
import { decodeJwt } from 'jose';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { askForKey } from '../support/ask-for-key.ts';
import { named } from '../support/versions.ts';
import { assertDenied, assertEcho, findSurroundings, logIn, type Surroundings } from './surroundings.ts';

describe('interop: their clients', () => {
  let surroundings: Surroundings;
  before(async () => {
    surroundings = await findSurroundings();
  });
  after(() => surroundings.close());

  for (const alg of ['ES256', 'Ed25519'] as const) {
    for (const pushed of [true, false]) {
      const how = pushed ? 'pushed request (PAR)' : 'dpop_jkt in the URL';

      it(`${named('oauth4webapi')}: discovery, ${how}, code with PKCE, refresh, API with a POST, nonces at both, ${alg}`, async () => {
        const { servers, visit } = surroundings;
        const plain = { [oauth.allowInsecureRequests]: true };
        const issuer = new URL(servers.authorizationServer);
        const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...plain }));
        const client: oauth.Client = { client_id: servers.clientId };
        const DPoP = oauth.DPoP(client, await askForKey(() => oauth.generateKeyPair(alg)));
        const options = { DPoP, ...plain };

        /** Once more, where a server asks for its nonce: that is for this library's user to do. */
        const again = <T>(ask: () => Promise<T>): Promise<T> =>
          ask().catch((error: unknown) => {
            if (!oauth.isDPoPNonceError(error)) throw error;
            return ask();
          });

        const verifier = oauth.generateRandomCodeVerifier();
        const parameters = new URLSearchParams({
          client_id: servers.clientId, response_type: 'code', redirect_uri: servers.redirectUri, scope: 'orders', state: 'state',
          code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
        });
        const push = async () => {
          const response = await oauth.pushedAuthorizationRequest(as, client, oauth.None(), parameters, options);
          return oauth.processPushedAuthorizationResponse(as, client, response);
        };
        if (!pushed) parameters.set('dpop_jkt', await DPoP.calculateThumbprint());
        const query = pushed ? new URLSearchParams({ client_id: servers.clientId, request_uri: (await again(push)).request_uri }) : parameters;
        const answer = oauth.validateAuthResponse(as, client, await visit(`${as.authorization_endpoint}?${query}`), 'state');

        const first = await again(async () => {
          const response = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), answer, servers.redirectUri, verifier, options);
          return oauth.processAuthorizationCodeResponse(as, client, response);
        });
        assert.equal(first.token_type, 'dpop');
        const next = await again(async () => {
          const response = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), first.refresh_token!, options);
          return oauth.processRefreshTokenResponse(as, client, response);
        });
        const url = new URL(`${servers.api}/orders?page=2`);
        const headers = new Headers({ 'Content-Type': 'text/plain' });
        const call = () => oauth.protectedResourceRequest(next.access_token, 'POST', url, headers, 'whole', options);
        await assertEcho(await again(call), { method: 'POST', body: 'whole' });
        await assertEcho(await call(), { method: 'POST', body: 'whole' });
      });

      it(`${named('openid-client')}: discovery, ${how}, code with PKCE, refresh, API with a POST, nonces at both, ${alg}`, async () => {
        const { servers, visit } = surroundings;
        const config = await openid.discovery(new URL(servers.authorizationServer), servers.clientId, undefined, openid.None(), {
          algorithm: 'oauth2', execute: [openid.allowInsecureRequests],
        });
        const DPoP = openid.getDPoPHandle(config, await askForKey(() => openid.randomDPoPKeyPair(alg)));
        const verifier = openid.randomPKCECodeVerifier();
        const parameters = {
          redirect_uri: servers.redirectUri, scope: 'orders', state: 'state',
          code_challenge: await openid.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
          ...(!pushed && { dpop_jkt: await DPoP.calculateThumbprint() }),
        };
        const url = pushed ? await openid.buildAuthorizationUrlWithPAR(config, parameters, { DPoP }) : openid.buildAuthorizationUrl(config, parameters);
        const back = await visit(url);
        const first = await openid.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: 'state' }, undefined, { DPoP });
        assert.equal(first.token_type, 'dpop');
        const next = await openid.refreshTokenGrant(config, first.refresh_token!, undefined, { DPoP });
        const call = () => openid.fetchProtectedResource(config, next.access_token, new URL(`${servers.api}/orders?page=2`), 'POST', 'whole', undefined, { DPoP });
        await assertEcho(await call(), { method: 'POST', body: 'whole' });
        await assertEcho(await call(), { method: 'POST', body: 'whole' });
      });
    }

    // Of these runtimes Node alone sends streams over HTTP/1.1.
    if (typeof document === 'undefined') {
      it(`${named('openid-client')}: sends a stream again after our challenge, which it has used up (a TypeError of its own); the next one passes, ${alg}`, async () => {
        const { servers } = surroundings;
        const config = new openid.Configuration({ issuer: servers.authorizationServer }, servers.clientId, undefined, openid.None());
        openid.allowInsecureRequests(config);
        const keys = await openid.randomDPoPKeyPair(alg);
        const { access_token: token } = await logIn(surroundings, createDpopFetch(keys) as typeof fetch);
        const DPoP = openid.getDPoPHandle(config, keys);
        const stream = () => new Blob(['whole']).stream();
        const send = () => openid.fetchProtectedResource(config, token, new URL(`${servers.api}/orders`), 'POST', stream(), undefined, { DPoP });
        assert.instanceOf(await send().catch((error: unknown) => error), TypeError);
        await assertEcho(await send(), { body: 'whole' });
      });
    }

    it(`${named('dpop')}: token request, and API with a POST, nonces at both, ${alg}`, async () => {
      const send = createDpopFetch(await askForKey(() => dpop.generateKeyPair(alg)));
      const { access_token: accessToken } = await logIn(surroundings, send as typeof fetch);
      await assertEcho(await send(`${surroundings.servers.api}/orders?page=2`, { method: 'POST', body: 'whole', accessToken }), { body: 'whole' });
    });

    it(`${named('dpop')}: a caller who leaves the query in htu, against RFC 9449 §4.2: accepted, since §4.3 (9) ignores it, ${alg}`, async () => {
      const keys = await askForKey(() => dpop.generateKeyPair(alg));
      const { access_token: accessToken } = await logIn(surroundings, createDpopFetch(keys) as typeof fetch);
      await assertEcho(await createDpopFetch(keys, { htu: (url) => url })(`${surroundings.servers.api}/orders?page=2`, { accessToken }));
    });
  }

  describe(named('@atproto/oauth-client-browser'), () => {
    const peer = named('@atproto/oauth-client-browser');

    /** The wrapper with a memory for nonces, as its session makes it, for both kinds of server. */
    function createFetch(key: WebcryptoKey, send: typeof fetch): typeof fetch {
      const held = new Map<string, string>();
      const nonces = { get: (name: string) => held.get(name), set: (name: string, nonce: string) => void held.set(name, nonce), del: (name: string) => void held.delete(name) };
      return dpopFetchWrapper({ key, nonces, supportedAlgs: ['Ed25519', 'EdDSA', 'ES256'], fetch: send });
    }

    // The library makes no Ed25519 keys, but takes one that is made elsewhere, by its older name alone.
    async function makeKey(alg: 'ES256' | 'EdDSA'): Promise<WebcryptoKey> {
      const algorithm = alg === 'ES256' ? { name: 'ECDSA', namedCurve: 'P-256' } : 'Ed25519';
      const pair = await askForKey(async () => (await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])) as CryptoKeyPair);
      const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
      return new WebcryptoKey({ kty, crv, x, ...(y && { y }), alg, kid: crypto.randomUUID() } as never, pair);
    }

    async function ready(alg: 'ES256' | 'EdDSA') {
      const proofs: string[] = [];
      const send = createFetch(await makeKey(alg), (input, init) => {
        proofs.push((input as Request).headers.get('DPoP')!);
        return fetch(input, init);
      });
      const { access_token } = await logIn(surroundings, send);
      return { send, proofs, headers: { Authorization: `DPoP ${access_token}` }, url: `${surroundings.servers.api}/orders?page=2` };
    }

    for (const alg of ['ES256', 'EdDSA'] as const) {
      it(`${peer}: token request, and API with a POST, nonces at both; its short jti from Math.random is taken, ${alg}`, async () => {
        const { send, proofs, headers, url } = await ready(alg);
        await assertEcho(await send(url, { method: 'POST', headers, body: 'whole' }), { body: 'whole' });
        await assertEcho(await send(url, { method: 'POST', headers, body: 'whole' }), { body: 'whole' });
        const { jti } = decodeJwt(proofs.at(-1)!);
        assert.isBelow(jti!.length, 16, 'below the 96 bits that RFC 9449 §4.2 advises');
      });
    }

    it(`${peer}: a lone Request is not repeated after a challenge: bad_or_missing_nonce, and the next one passes, ES256`, async () => {
      const { send, headers, url } = await ready('ES256');
      await assertDenied(await send(new Request(url, { headers })), 'bad_or_missing_nonce');
      await assertEcho(await send(new Request(url, { headers })));
    });
  });
});

/** The fetch that a user of dpop writes: that makes proofs, and leaves the rest to its caller. */
function createDpopFetch(keys: dpop.KeyPair, { htu = (url: string) => url.replace(/[?#].*$/, '') } = {}) {
  return async (url: string, init: { method?: string; body?: BodyInit; accessToken?: string } = {}): Promise<Response> => {
    const { method = 'GET', body, accessToken } = init;
    const ask = async (nonce?: string) => {
      const proof = await dpop.generateProof(keys, htu(url), method, nonce, accessToken);
      const headers = { DPoP: proof, ...(accessToken && { Authorization: `DPoP ${accessToken}` }) };
      return fetch(url, { method, headers, ...(body && { body }) });
    };
    const first = await ask();
    const nonce = first.headers.get('DPoP-Nonce');
    return nonce && (first.status === 400 || first.status === 401) ? ask(nonce) : first;
  };
}
