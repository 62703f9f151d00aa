/** What passes by Trusted Types: the page makes no markup of text, and loads one script by its URL, MSW's service worker. */

interface TrustedTypes {
  createPolicy(name: 'default', rules: { createScriptURL(url: string): string }): unknown;
}

/** Takes the name of the default policy, before any other script can; does nothing where the browser has no Trusted Types. */
export function trustServiceWorkerOnly(): void {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  trustedTypes?.createPolicy('default', {
    createScriptURL(url) {
      const { origin, pathname } = new URL(url, location.href);
      if (origin === location.origin && pathname === '/mockServiceWorker.js') return url;
      throw new TypeError(`No script of this page: ${url}`);
    },
  });
}
