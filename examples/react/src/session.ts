import { createKeybound } from 'keybound';

/** One for the whole page: it begins when this module is loaded, so no component can begin a second one. */
export const session = begin();

async function begin() {
  const { logIn } = await import('./servers.ts'); // in a chunk of its own: your app has other servers
  const keybound = await createKeybound({ authorizationServers: ['https://login.example.com'] });
  const { access_token } = await logIn(keybound.fetch);
  const api = keybound.protect({ origins: ['https://api.example.com'], accessToken: () => access_token });
  return { keybound, api, access_token };
}
