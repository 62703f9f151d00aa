/** Page, authorization server and API on different origins, over real HTTP: what browsers let through, and what not. */

import { assert } from 'chai';
import { createKeybound, createProof, createSigner, type Keybound, type KeyboundError } from '../../src/index.ts';
import type { TestServers } from '../servers/start.ts';

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly token_type: string;
}

describe('across real origins', () => {
  let servers: TestServers;
  let keybound: Keybound;
  let tokens: Tokens;
  let api: typeof fetch;
  const challenges: string[] = [];

  before(async () => {
    servers = (await (await fetch('/test-servers.json')).json()) as TestServers;
    keybound = await createKeybound({ name: 'cross-origin', authorizationServers: [servers.authorizationServer] });
    keybound.addEventListener('challenge', ({ detail }) => challenges.push(detail.role));
    tokens = await logIn(servers, keybound);
    api = keybound.protect({ origins: [servers.api, servers.unreadable], accessToken: () => tokens.access_token });
  });

  after(() => keybound.destroy());

  it('logs in by redirect with PKCE and dpop_jkt, and answers the nonce challenge of the token endpoint (RFC 9449 §8, §10)', () => {
    assert.equal(tokens.token_type, 'DPoP');
    assert.include(challenges, 'AS');
    const [, payload] = tokens.access_token.split('.');
    const claims = JSON.parse(atob(payload!.replaceAll('-', '+').replaceAll('_', '/'))) as { cnf: { jkt: string } };
    assert.equal(claims.cnf.jkt, keybound.jkt);
  });

  it('reads DPoP-Nonce and WWW-Authenticate through CORS and retries (RFC 9449 §7.1, §9)', async () => {
    const before = challenges.filter((role) => role === 'RS').length;
    const fresh = keybound.protect({ origins: [servers.api], accessToken: () => tokens.access_token });
    const response = await fresh(`${servers.api}/orders?page=2`);
    assert.equal(response.status, 200);
    assert.equal(((await response.json()) as { sub: string }).sub, 'alice');
    assert.equal(challenges.filter((role) => role === 'RS').length, before + 1);
  });

  it('needs one request where the last answer brought the next nonce (RFC 9449 §8.2)', async () => {
    const before = challenges.length;
    for (let request = 0; request < 3; request++) assert.equal((await api(`${servers.api}/orders`)).status, 200);
    assert.equal(challenges.length, before);
  });

  it('sends a body whole when the challenge came after the first copy of it', async () => {
    const other = await createKeybound({ name: 'cross-origin-body', authorizationServers: [servers.authorizationServer] });
    const { access_token } = await logIn(servers, other);
    const post = other.protect({ origins: [servers.api], accessToken: () => access_token });
    const body = 'x'.repeat(100_000);
    const response = await post(`${servers.api}/orders`, { method: 'POST', body });
    assert.equal(response.status, 200);
    assert.equal(((await response.json()) as { body: string }).body, body);
    await other.destroy();
  });

  it('gives a thief with the token and a key of his own nothing', async () => {
    const response = await sendAs(await createSigner(), `${servers.api}/orders`, tokens.access_token);
    assert.equal(await denyCode(response), 'proof_key_not_bound_to_token');
  });

  it('refuses a spent proof on the replica that never saw it', async () => {
    const url = `${servers.api}/orders`;
    let spent = new Headers();
    const tapped = await createKeybound({
      name: 'cross-origin-tapped',
      authorizationServers: [servers.authorizationServer],
      fetch: (input, init) => {
        if (input instanceof Request && input.url === url) spent = input.headers;
        return fetch(input, init);
      },
    });
    const { access_token } = await logIn(servers, tapped);
    const get = tapped.protect({ origins: [servers.api], accessToken: () => access_token });
    assert.equal((await get(url)).status, 200);
    const headers = { Authorization: spent.get('Authorization')!, DPoP: spent.get('DPoP')! };
    assert.equal(await denyCode(await fetch(url, { headers })), 'proof_replayed');
    assert.equal(await denyCode(await fetch(`${servers.replica}/orders`, { headers })), 'proof_replayed');
    await tapped.destroy();
  });

  for (const path of ['/moved-here', '/moved-elsewhere']) {
    it(`takes no redirect: ${path} is an error that names the URL, and nobody else saw a proof`, async () => {
      const query = `?${crypto.randomUUID()}`;
      const error = await rejection(api(`${servers.api}${path}${query}`));
      assert.equal(error.code, 'redirected');
      assert.include(error.message, path);
      assert.isUndefined(await headersSeen(servers, query));
    });
  }

  it('has reason to: a fetch that follows a redirect hands the DPoP header to another origin', async () => {
    const query = `?${crypto.randomUUID()}`;
    await fetch(`${servers.api}/moved-elsewhere${query}`, { headers: { DPoP: 'not-a-proof' } });
    assert.include((await headersSeen(servers, query)) ?? [], 'dpop');
  });

  it('returns the 401 as it is where CORS hides the challenge: nothing to read, nothing to retry', async () => {
    const before = challenges.length;
    const response = await api(`${servers.unreadable}/orders`);
    assert.equal(response.status, 401);
    assert.isNull(response.headers.get('WWW-Authenticate'));
    assert.equal(challenges.length, before);
  });

  it('refreshes with the same key, and a revoked token is refused at once (RFC 9449 §5, RFC 7009)', async () => {
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: servers.clientId };
    const response = await keybound.fetch(`${servers.authorizationServer}/token`, { method: 'POST', body: new URLSearchParams(form) });
    assert.equal(response.status, 200);
    tokens = (await response.json()) as Tokens;
    assert.equal((await api(`${servers.api}/orders`)).status, 200);
    const revocation = new URLSearchParams({ token: tokens.access_token, client_id: servers.clientId });
    assert.equal((await keybound.fetch(`${servers.authorizationServer}/revoke`, { method: 'POST', body: revocation })).status, 200);
    assert.equal(await denyCode(await api(`${servers.api}/orders`)), 'token_revoked');
  });
});

/** The whole flow: a frame goes to the authorization server and comes back with a code. */
async function logIn(servers: TestServers, keybound: Keybound): Promise<Tokens> {
  const { authorizationServer, clientId, redirectUri } = servers;
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const code_challenge = base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
  const query = new URLSearchParams({
    client_id: clientId, redirect_uri: redirectUri, response_type: 'code', state: 'a-state',
    code_challenge, code_challenge_method: 'S256', dpop_jkt: keybound.jkt,
  });
  const back = await visit(`${authorizationServer}/authorize?${query}`);
  assert.equal(back.get('state'), 'a-state');
  assert.equal(back.get('iss'), authorizationServer);
  const body = new URLSearchParams({
    grant_type: 'authorization_code', code: back.get('code')!, code_verifier: verifier, client_id: clientId, redirect_uri: redirectUri,
  });
  const response = await keybound.fetch(`${authorizationServer}/token`, { method: 'POST', body });
  assert.equal(response.status, 200);
  return (await response.json()) as Tokens;
}

async function visit(url: string): Promise<URLSearchParams> {
  const frame = document.createElement('iframe');
  const loaded = new Promise((resolve) => (frame.onload = resolve));
  frame.src = url;
  document.body.append(frame);
  await loaded;
  const { search } = frame.contentWindow!.location;
  frame.remove();
  return new URLSearchParams(search);
}

// A client by hand, as a thief would write it: a proof without a nonce first, then one with the nonce that came back.
async function sendAs(signer: Awaited<ReturnType<typeof createSigner>>, url: string, accessToken: string): Promise<Response> {
  const go = async (nonce?: string) => {
    const proof = await createProof(signer, { method: 'GET', url, accessToken, nonce });
    return fetch(url, { headers: { Authorization: `DPoP ${accessToken}`, DPoP: proof } });
  };
  return go((await go()).headers.get('DPoP-Nonce')!);
}

/** The names of the headers that the bystander got with this query; undefined where it got nothing. */
async function headersSeen({ bystander }: TestServers, query: string): Promise<string[] | undefined> {
  const seen = (await (await fetch(`${bystander}/seen`)).json()) as { query: string; names: string[] }[];
  return seen.find((request) => request.query === query)?.names;
}

async function denyCode(response: Response): Promise<string> {
  assert.equal(response.status, 401);
  return ((await response.json()) as { code: string }).code;
}

async function rejection(promise: Promise<unknown>): Promise<KeyboundError> {
  return promise.then(
    () => assert.fail('it was not refused'),
    (error: KeyboundError) => error,
  );
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
