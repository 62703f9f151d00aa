/** What surrounds a client that is tested: real servers on origins of their own, and the user who logs in. */

import { assert } from 'chai';
import type { TestServers } from '../servers/start.ts';

/** The servers, in Node started for the test, in a browser those beside the test runner. */
export interface Surroundings {
  readonly servers: TestServers;
  /** The user follows a link to the authorization server, logs in, and comes back: with this URL. */
  visit(authorizationUrl: string | URL): Promise<URL>;
  close(): Promise<void>;
}

export async function findSurroundings(): Promise<Surroundings> {
  return typeof document === 'undefined' ? startInNode() : findInPage();
}

async function startInNode(): Promise<Surroundings> {
  const { startServers } = await import('../servers/start.ts');
  const { config, stop } = await startServers({ pageOrigin: 'http://127.0.0.1:1' });
  const visit = async (url: string | URL) => new URL((await fetch(url, { redirect: 'manual' })).headers.get('Location')!);
  return { servers: config, visit, close: stop };
}

async function findInPage(): Promise<Surroundings> {
  const servers = (await (await fetch('/test-servers.json')).json()) as TestServers;
  return { servers, visit: visitInFrame, close: async () => undefined };
}

async function visitInFrame(url: string | URL): Promise<URL> {
  const frame = document.createElement('iframe');
  const loaded = new Promise((resolve) => (frame.onload = resolve));
  frame.src = String(url);
  document.body.append(frame);
  await loaded;
  const { href } = frame.contentWindow!.location;
  frame.remove();
  return new URL(href);
}

/** What the test's API says of a request that was allowed. */
export interface Echo {
  readonly sub: string;
  readonly method: string;
  readonly body: string;
}

/** The API let the request pass, and saw this. */
export async function assertEcho(response: Response, expected: Partial<Echo> = {}): Promise<void> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.deepInclude(JSON.parse(text) as Echo, { sub: 'alice', ...expected });
}

/** The API refused the request, with this code. */
export async function assertDenied(response: Response, code: string): Promise<void> {
  assert.deepInclude(await response.json(), { code });
  assert.equal(response.status, 401);
}

/** A PKCE pair (RFC 7636), for clients that only make proofs. */
export async function makePkce(): Promise<{ readonly verifier: string; readonly challenge: string }> {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const challenge = base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
  return { verifier, challenge };
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Logs in and redeems the code with a fetch that adds the client's own proofs; gives the token response. */
export async function logIn({ servers, visit }: Surroundings, send: typeof fetch): Promise<{ access_token: string; refresh_token: string }> {
  const { authorizationServer, clientId, redirectUri } = servers;
  const { verifier, challenge } = await makePkce();
  const query = { client_id: clientId, redirect_uri: redirectUri, response_type: 'code', code_challenge: challenge, code_challenge_method: 'S256' };
  const back = await visit(`${authorizationServer}/authorize?${new URLSearchParams(query)}`);
  const code = back.searchParams.get('code')!;
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier, client_id: clientId, redirect_uri: redirectUri };
  const response = await send(`${authorizationServer}/token`, { method: 'POST', body: new URLSearchParams(form) });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as { access_token: string; refresh_token: string };
}
