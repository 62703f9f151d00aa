import { createKeybound } from 'keybound';

const servers = await (await fetch('/servers.json')).json();

const keybound = await createKeybound({ authorizationServers: [servers.login] });
const { access_token } = await (await keybound.fetch(`${servers.login}/token`, { method: 'POST' })).json();
const api = keybound.protect({ origins: [servers.api], accessToken: () => access_token });
const orders = await api(`${servers.api}/orders`);

document.querySelector('[role=status]').textContent = `${orders.status} for ${(await orders.json()).sub}, key ${keybound.keyState} in ${keybound.persistence}`;
