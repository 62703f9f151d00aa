import { createKeybound, createProof, createSigner } from 'keybound';

const servers = await (await fetch('/servers.json')).json();

/** Your own login: it needs a fetch that proves the key. This one knows nobody but Alice. */
async function logIn(provenFetch) {
  const response = await provenFetch(`${servers.login}/token`, { method: 'POST' });
  return response.json();
}

const keybound = await createKeybound({ authorizationServers: [servers.login] });
const { access_token } = await logIn(keybound.fetch);
const api = keybound.protect({ origins: [servers.api], accessToken: () => access_token });
const orders = await api(`${servers.api}/orders`);

// Somebody else with the same token: he has a key too, but not this one.
const signer = await createSigner();
const url = `${servers.api}/orders`;
async function steal(nonce) {
  const proof = await createProof(signer, { method: 'GET', url, accessToken: access_token, nonce });
  return fetch(url, { headers: { Authorization: `DPoP ${access_token}`, DPoP: proof } });
}
const challenge = await steal();
const stolen = await steal(challenge.headers.get('DPoP-Nonce') ?? undefined);

document.querySelector('[role=status]').textContent = [
  `${orders.status} for ${(await orders.json()).sub}, key ${keybound.keyState} in ${keybound.persistence}`,
  `${stolen.status} ${(await stolen.json()).code}`,
].join('\n');
