// The servers of this example: real ones, behind MSW in the page. An app of yours has its own, and none of this file.
import { setupWorker } from 'msw/browser';
import { mockServers } from 'keybound/msw';

export const servers = await mockServers({ issuer: 'https://login.example.com', replicas: ['https://api.example.com'] });
await setupWorker(...servers.handlers).start({ quiet: true, onUnhandledFrame: 'bypass' });

/** What an OAuth library does when the user is back from the authorization server: it redeems the code. */
export async function logIn(fetch: typeof globalThis.fetch): Promise<{ access_token: string }> {
  const response = await fetch(servers.authorizationServer.endpoints.token, { method: 'POST', body: await servers.logIn('alice') });
  return response.json();
}
