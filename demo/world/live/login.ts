/** Alice's login at a real authorization server: code, PKCE, state, and the one key that may redeem the code. */

import type { LiveFacts } from './facts.ts';

/**
 * The body of the token request. The authorization endpoint knows Alice by `login_hint` and asks nothing; an app would
 * navigate there, the demo follows the redirect by fetch, so that its log stays on the screen.
 */
export async function logIn(dpopJkt: string, { endpoints, addresses, clientId, redirectUri }: LiveFacts): Promise<URLSearchParams> {
  const [verifier, state] = [randomText(), randomText()];
  const request = new URL(endpoints.authorization);
  const parameters = {
    response_type: 'code', client_id: clientId, redirect_uri: redirectUri, state, login_hint: 'alice', dpop_jkt: dpopJkt,
    code_challenge: await challengeOf(verifier), code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) request.searchParams.set(name, value);
  const response = await fetch(request);
  const code = readCode(new URL(response.url), { state, issuer: addresses.issuer });
  return new URLSearchParams({
    grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri, client_id: clientId,
  });
}

/** The code from where the redirect led: of this login (`state`), and of this issuer (`iss`, RFC 9207). */
function readCode({ searchParams, pathname }: URL, { state, issuer }: { state: string; issuer: string }): string {
  const code = searchParams.get('code');
  if (code === null) throw new Error(`The authorization endpoint gave no code: ${searchParams.get('error') ?? pathname}.`);
  if (searchParams.get('state') !== state || searchParams.get('iss') !== issuer) throw new Error('The code is of another login.');
  return code;
}

async function challengeOf(verifier: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

const randomText = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
