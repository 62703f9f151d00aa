/** Where our client does not fit: libraries that want the key itself, or that let no fetch in. The key never leaves its hands. */

import { Auth0Client } from '@auth0/auth0-spa-js';
import { assert } from 'chai';
import * as dpop from 'dpop';
import * as oauth from 'oauth4webapi';
import { DPoPState, OidcClient, User, UserManager } from 'oidc-client-ts';
import * as openid from 'openid-client';
import { createKeybound, type Keybound } from '../../src/index.ts';
import { named } from '../support/versions.ts';
import { findSurroundings, type Surroundings } from './surroundings.ts';

/** Every CryptoKey that can be had from a value: by its properties and getters, its own and those that it inherits. */
function findCryptoKeys(value: unknown, seen = new Set<unknown>()): CryptoKey[] {
  if (value instanceof CryptoKey) return [value];
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return [];
  seen.add(value);
  return namesOf(value).flatMap((name) => findCryptoKeys(read(value, name), seen));
}

function namesOf(value: object): (string | symbol)[] {
  const parent = Object.getPrototypeOf(value) as object | null;
  return [...Reflect.ownKeys(value), ...(parent ? namesOf(parent) : [])];
}

function read(object: object, name: string | symbol): unknown {
  try {
    return Reflect.get(object, name);
  } catch {
    return undefined; // a getter that works on instances alone
  }
}

/** What Keybound shows, in the form of a pair. */
const pairOf = (keybound: Keybound) => ({ privateKey: keybound, publicKey: keybound.publicJwk }) as unknown as CryptoKeyPair;

const thrownBy = async (use: () => unknown): Promise<unknown> => {
  try {
    return await use();
  } catch (error) {
    return error;
  }
};

describe('interop: our client, their servers', () => {
  const url = 'https://api.example.com/orders';
  let surroundings: Surroundings;
  let keybound: Keybound;
  before(async () => {
    surroundings = await findSurroundings();
    keybound = await createKeybound({ name: crypto.randomUUID(), algorithms: ['ES256'], authorizationServers: [surroundings.servers.authorizationServer] });
  });
  after(() => keybound.destroy());

  it('keybound: nothing that it shows leads to a CryptoKey', async () => {
    const api = keybound.protect({ origins: ['https://api.example.com'], accessToken: () => undefined });
    assert.isEmpty(findCryptoKeys([keybound, api]));
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    assert.equal(new Set(findCryptoKeys({ hidden: Object.create(pair) as object })).size, 2, 'it would be found');
  });

  it(`keybound in ${named('oauth4webapi')}, its DPoP handle: refused, for it takes a CryptoKeyPair alone (a TypeError): give customFetch`, async () => {
    for (const given of [keybound, pairOf(keybound)]) {
      assert.instanceOf(await thrownBy(() => oauth.DPoP({}, given as unknown as CryptoKeyPair)), TypeError);
    }
  });

  it(`keybound in ${named('openid-client')}, its DPoP handle: refused, for it takes a CryptoKeyPair alone (a TypeError): give customFetch`, async () => {
    const config = new openid.Configuration({ issuer: 'https://login.example.com' }, 'spa', undefined, openid.None());
    for (const given of [keybound, pairOf(keybound)]) {
      assert.instanceOf(await thrownBy(() => openid.getDPoPHandle(config, given as unknown as CryptoKeyPair)), TypeError);
    }
  });

  it(`keybound in ${named('dpop')}, generateProof: refused, for it takes a CryptoKeyPair alone (a TypeError): keybound.proof makes proofs`, async () => {
    for (const given of [keybound, pairOf(keybound)]) {
      assert.instanceOf(await thrownBy(() => dpop.generateProof(given as unknown as CryptoKeyPair, url, 'GET')), TypeError);
    }
  });

  it(`keybound in ${named('oidc-client-ts')}, its DPoP store: refused, for it takes a CryptoKeyPair alone (its own error): leave dpop out`, async () => {
    const state = new DPoPState(pairOf(keybound));
    const store = { get: async () => state, set: async () => undefined, remove: async () => state, getAllKeys: async () => ['spa'] };
    const { authorizationServer: authority, redirectUri: redirect_uri } = surroundings.servers;
    const manager = new UserManager({ authority, client_id: 'spa', redirect_uri, dpop: { store } });
    const user = new User({ access_token: 'token', token_type: 'DPoP', profile: { sub: 'alice', iss: authority, aud: 'spa', exp: 0, iat: 0 } });
    const thrown = await thrownBy(() => manager.dpopProof(url, user, 'GET'));
    assert.instanceOf(thrown, Error);
    assert.match(thrown.message, /exporting dpop public key/);
  });

  it(`keybound in ${named('oidc-client-ts')}, its settings: refused, for they take no fetch, and it calls the page's own`, async () => {
    const asked: unknown[] = [];
    const fetch = async (input: RequestInfo | URL) => {
      asked.push(input);
      return Response.error();
    };
    const metadataUrl = `${surroundings.servers.authorizationServer}/.well-known/oauth-authorization-server`;
    const settings = { authority: surroundings.servers.authorizationServer, metadataUrl, client_id: 'spa', redirect_uri: 'https://app.example.com/' };
    const { metadataService } = new OidcClient({ ...settings, fetch, customFetch: fetch } as typeof settings);
    assert.equal(await metadataService.getIssuer(), surroundings.servers.authorizationServer);
    assert.isEmpty(asked);
  });

  it(`keybound in ${named('@auth0/auth0-spa-js')}: refused, for it makes its own key and asks for tokens by no fetch that it is given; its fetcher sets its own proof (a TypeError of protect)`, async () => {
    const { boundIssuer: domain, redirectUri: redirect_uri, clientId, api } = surroundings.servers;
    const asked: unknown[] = [];
    const fetch: typeof globalThis.fetch = async (input) => {
      asked.push(input);
      return Response.error();
    };
    const options = { domain, clientId, useDpop: true, cacheLocation: 'localstorage', authorizationParams: { redirect_uri }, fetch } as const;
    const client = new Auth0Client(options);
    let link = '';
    let back = new URL('about:blank');
    await client.loginWithRedirect({
      async openUrl(target) {
        link = target;
        back = await surroundings.visit(target);
      },
    });
    const { searchParams } = new URL(link);
    assert.isString(searchParams.get('dpop_jkt'));
    assert.notEqual(searchParams.get('dpop_jkt'), keybound.jkt);
    await client.handleRedirectCallback(back.href);
    assert.isEmpty(asked);
    const { access_token: accessToken } = (await client.getTokenSilently({ detailedResponse: true }))!;
    const fetcher = client.createFetcher({
      dpopNonceId: crypto.randomUUID(), fetch: keybound.protect({ origins: [api], accessToken: () => accessToken }),
    });
    assert.instanceOf(await thrownBy(() => fetcher.fetchWithAuth(`${api}/orders`)), TypeError);
  });

  it(`keybound in ${named('oauth4webapi')}, its protectedResourceRequest: refused, for it sets Authorization itself (a TypeError of protect): call the fetch of protect`, async () => {
    const api = keybound.protect({ origins: ['https://api.example.com'], accessToken: () => 'token' });
    const thrown = await thrownBy(() => oauth.protectedResourceRequest('token', 'GET', new URL(url), undefined, undefined, { [oauth.customFetch]: (target: string, init: object) => api(target, init) }));
    assert.instanceOf(thrown, TypeError);
    assert.match(thrown.message, /Authorization/);
  });

  it(`keybound in ${named('openid-client')}, its fetchProtectedResource: refused, for over keybound.fetch it sends the token as Bearer, which the API denies: call the fetch of protect`, async () => {
    const { servers } = surroundings;
    const config = new openid.Configuration({ issuer: servers.authorizationServer }, 'spa', undefined, openid.None());
    openid.allowInsecureRequests(config);
    config[openid.customFetch] = (target, init) => keybound.fetch(target, init as RequestInit);
    const thrown = await thrownBy(() => openid.fetchProtectedResource(config, 'token', new URL(`${servers.api}/orders`), 'GET'));
    assert.instanceOf(thrown, openid.WWWAuthenticateChallengeError);
    assert.propertyVal(await thrown.response.json(), 'code', 'bearer_downgrade');
  });
});
