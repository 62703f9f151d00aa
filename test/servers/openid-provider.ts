/**
 * Somebody else's OpenID provider, oidc-provider, set to demand DPoP with nonces and PKCE. Only its user is not real: she
 * is alice, and agrees to everything.
 */

import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import type { Provider } from 'oidc-provider';
import { listen, type Handler, type Listening } from './listen.ts';

/** What distinguishes one provider from the next. */
export interface OpenIdProviderOptions {
  /** The origin of the pages that may call it. */
  readonly pageOrigin: string;
  readonly clientId: string;
  /** Where users come back to, after login and after logout. */
  readonly redirectUri: string;
  /** The resource whose access tokens are JWTs, its `aud`. */
  readonly audience: string;
  /** What it takes in proofs: `dpop_signing_alg_values_supported`. */
  readonly algorithms: readonly string[];
}

/** Listens at once; the provider itself is made for the first request, since few test runs ask for it. */
export async function startOpenIdProvider(options: OpenIdProviderOptions): Promise<Listening> {
  let answer: Promise<Handler> | undefined;
  const server = await listen(async (message, response) => (await (answer ??= createHandler(issuer, options)))(message, response, issuer));
  // A site that the pages are of too: browsers then keep its login, also where a page that goes there is in a frame.
  const issuer = server.origin.replace('127.0.0.1', 'localhost');
  return { origin: issuer, close: server.close };
}

async function createHandler(issuer: string, options: OpenIdProviderOptions): Promise<Handler> {
  const { Provider } = await import('oidc-provider');
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: 'key-1', use: 'sig', alg: 'ES256' };
  const provider = new Provider(issuer, configuration(issuer, jwk, options));
  provider.on('server_error', (_context, error) => console.error(error));
  const callback = provider.callback();
  return (message, response) =>
    message.url!.startsWith('/interaction/') ? agree(provider, options.audience, message, response) : callback(message, response);
}

function configuration(issuer: string, jwk: object, { pageOrigin, clientId, redirectUri, audience, algorithms }: OpenIdProviderOptions) {
  const { port } = new URL(issuer);
  return {
    clients: [
      {
        client_id: clientId,
        application_type: 'native', // which may come back to http://localhost
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [redirectUri],
        post_logout_redirect_uris: [redirectUri],
        dpop_bound_access_tokens: true,
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [jwk] },
    enabledJWA: { dPoPSigningAlgValues: algorithms, idTokenSigningAlgValues: ['ES256'] },
    claims: { openid: ['sub'], email: ['email'] },
    scopes: ['openid'],
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
      rpInitiatedLogout: { enabled: true, logoutSource: confirmLogout },
      // A token request that names the resource gets a JWT for it, one that does not an opaque token for userinfo.
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: 'orders', audience, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }),
      },
    },
    issueRefreshToken: () => true,
    clientBasedCORS: (_context: unknown, origin: string) => origin === pageOrigin,
    // Cookies know no ports, and there is more than one of these servers.
    cookies: { keys: ['cookies of the tests'], names: { session: `session-${port}`, interaction: `interaction-${port}`, resume: `resume-${port}` } },
    findAccount: (_context: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub, email: `${sub}@example.com` }) }),
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 600, IdToken: 300, Interaction: 600, RefreshToken: 600, Session: 600 },
  };
}

/** What alice does when the provider asks her to log in, and then whether she agrees. */
export async function agree(provider: Provider, audience: string, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(message, response);
  if (prompt.name === 'login') {
    return provider.interactionFinished(message, response, { login: { accountId: 'alice' } }, { mergeWithLastSubmission: false });
  }
  // One grant, as long as the session lives: another one would end the first one's refresh tokens.
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: session!.accountId, clientId: params.client_id });
  grant.addOIDCScope('openid email');
  grant.addResourceScope(audience, 'orders');
  return provider.interactionFinished(message, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

/** The page that asks whether she really wants to log out, and her click. */
function confirmLogout(context: { body: string }, form: string): void {
  const [, id] = /id="([^"]+)"/.exec(form)!;
  context.body = `<!doctype html><title>Log out?</title>${form}
    <button form="${id}" name="logout" value="yes">Yes</button><script>document.querySelector('button').click()</script>`;
}
