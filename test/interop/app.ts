/**
 * An app as a page of its own: it leaves for the OpenID provider, comes back, is loaded again. What it has to know then is
 * in sessionStorage, or is its key. The test that opened it in a frame tells it what to do: see app-frame.ts.
 */

import { createKeybound } from '../../src/index.ts';
import { beEndlesslyPatient } from '../support/patience.ts';
import type { Connect, OAuthClient, Pending, Registration, Tokens } from './clients/client.ts';

beEndlesslyPatient();

/** The OAuth client that the app uses. */
export type ClientName = keyof typeof clients;

/** What the test decides. */
export interface AppSettings extends Registration {
  readonly client: ClientName;
  /** The key's namespace. */
  readonly name: string;
  /** The origin that the app calls with its access token. */
  readonly api: string;
}

const clients = {
  none: () => import('./clients/none.ts'),
  oauth4webapi: () => import('./clients/oauth4webapi.ts'),
  'openid-client': () => import('./clients/openid-client.ts'),
  'oidc-client-ts': () => import('./clients/oidc-client-ts.ts'),
} satisfies Record<string, () => Promise<{ connect: Connect }>>;

// Kept, because a client may put Keybound's into its place.
const pagesFetch = window.fetch.bind(window);

/** What outlives a page. */
interface Kept {
  readonly settings: AppSettings;
  readonly pending: Pending;
  readonly tokens: Tokens;
}

const keep = <Name extends keyof Kept>(name: Name, value: Kept[Name]) => sessionStorage.setItem(name, JSON.stringify(value));
const kept = <Name extends keyof Kept>(name: Name) => JSON.parse(sessionStorage.getItem(name)!) as Kept[Name];

async function openApp() {
  const settings = kept('settings');
  const { connect } = await clients[settings.client]();
  const { keybound, ...client } = await connect(settings, (algorithms) =>
    createKeybound({ name: settings.name, authorizationServers: [settings.issuer], fetch: pagesFetch, ...(algorithms && { algorithms }) }));
  const challenges: string[] = [];
  keybound.addEventListener('challenge', ({ detail }) => challenges.push(`${detail.role} ${detail.error}`));
  return { keybound, challenges, ...steps(client), call: keybound.protect({
    origins: [settings.api],
    accessToken() {
      const { access_token: accessToken, token_type: tokenType } = kept('tokens');
      return { accessToken, tokenType };
    },
  }) };
}

function steps(client: OAuthClient) {
  return {
    async logIn() {
      const { url, pending } = await client.begin();
      keep('pending', pending);
      location.assign(url);
    },
    async redeem() {
      keep('tokens', await client.redeem(new URL(location.href), kept('pending')));
      return kept('tokens');
    },
    async refresh() {
      const before = kept('tokens');
      keep('tokens', { ...before, ...(await client.refresh(before)) });
      return kept('tokens');
    },
    userinfo: () => client.userinfo(kept('tokens')),
    logOut: async () => location.assign(await client.logoutUrl(kept('tokens'))),
  };
}

export type App = Awaited<ReturnType<typeof openApp>>;

const opened = openApp();
frameElement!.dispatchEvent(new CustomEvent<Promise<App>>('app', { detail: opened }));
