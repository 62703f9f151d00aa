/** The app (app.ts) in a frame of the test page, across its own navigations. */

import type { App, AppSettings } from './app.ts';

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
    await go(app);
    await back;
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
