/** MSW's interception, wherever this runs: by a service worker in a page, by patched globals in Node. */

import type { RequestHandler } from 'msw';

/** Has `fetch` answered by these handlers; gives what ends that. A page does it once: workers are slow to come and go. */
export async function intercept(handlers: readonly RequestHandler[]): Promise<() => Promise<void>> {
  if (typeof document === 'undefined') {
    const { setupServer } = await import('./msw-node.ts');
    const server = setupServer(...handlers);
    server.listen({ onUnhandledFrame: 'bypass' });
    return async () => server.close();
  }
  const { setupWorker } = await import('msw/browser');
  const worker = setupWorker(...handlers);
  await worker.start({ quiet: true, onUnhandledFrame: 'bypass' });
  return async () => {
    await worker.stop();
  };
}
