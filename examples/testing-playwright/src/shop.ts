// The app under test: it redeems what the user came back with from the login, and reads orders.
import { createKeybound } from 'keybound';

const login = 'https://login.example.com';
const api = 'https://api.example.com';

export interface Shop {
  orders(): Promise<Response>;
  close(): Promise<void>;
}

export async function openShop(grant: URLSearchParams): Promise<Shop> {
  const keybound = await createKeybound({ authorizationServers: [login] });
  const answer = await keybound.fetch(`${login}/token`, { method: 'POST', body: grant });
  const { access_token } = (await answer.json()) as { access_token: string };
  const call = keybound.protect({ origins: [api], accessToken: () => access_token });
  return { orders: () => call(`${api}/orders`), close: () => keybound.destroy() };
}
