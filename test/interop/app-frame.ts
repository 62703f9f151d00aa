/** The app (app.ts) in a frame of the test page, across its own navigations. */

import type { OpenIdStands } from '../servers/openid-stands.ts';
import type { TestServers } from '../servers/start.ts';
import { beEndlesslyPatient } from '../support/patience.ts';
import type { App, AppSettings, ClientName } from './app.ts';

beEndlesslyPatient();

/** How proofs name their algorithm at the three OpenID providers. */
export const algorithms: readonly (keyof OpenIdStands)[] = ['Ed25519', 'EdDSA', 'ES256'];

/** The app with that OAuth client and a key of its own, at the provider of that algorithm. */
export function settingsOf(servers: TestServers, client: ClientName, algorithm: keyof OpenIdStands): AppSettings {
  const { clientId, openIdRedirectUri: redirectUri, openId: { [algorithm]: { issuer, audience, apis } } } = servers;
  return { client, name: crypto.randomUUID(), issuer, clientId, redirectUri, audience, api: apis.jose };
}

export interface AppFrame {
  /** The app as it is loaded now. */
  readonly app: App;
  readonly url: URL;
  /** Has the app go away, and waits until it is loaded again, wherever it has been between. */
  leave(go: (app: App) => unknown): Promise<void>;
  reload(): Promise<void>;
  remove(): void;
}

/** Opens the app with nothing kept but the settings. */
export async function openAppFrame(settings: AppSettings): Promise<AppFrame> {
  sessionStorage.clear();
  sessionStorage.setItem('settings', JSON.stringify(settings));
  const element = document.createElement('iframe');
  let app: App;
  const nextApp = async () => {
    app = await new Promise<App>((resolve) => {
      element.addEventListener('app', (event) => resolve((event as CustomEvent<Promise<App>>).detail), { once: true });
    });
  };
  const opened = nextApp();
  element.src = settings.redirectUri;
  document.body.append(element);
  await opened;
  const leave: AppFrame['leave'] = async (go) => {
    const back = nextApp();
    // What fails before it goes is told; a page that is gone tells nothing more.
    await Promise.race([back, Promise.resolve(go(app)).then(() => back)]);
  };
  return {
    get app() {
      return app;
    },
    get url() {
      return new URL(element.contentWindow!.location.href);
    },
    leave,
    reload: () => leave(() => element.contentWindow!.location.reload()),
    remove: () => element.remove(),
  };
}
