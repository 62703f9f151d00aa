import { createKeybound, createProof, createSigner } from 'keybound';

const { logIn } = await import('./servers.ts'); // in a chunk of its own: your app has other servers
const keybound = await createKeybound({ authorizationServers: ['https://login.example.com'] });
const { access_token } = await logIn(keybound.fetch);
const api = keybound.protect({ origins: ['https://api.example.com'], accessToken: () => access_token });
const orders = await api('https://api.example.com/orders');

// Somebody else with the same token: he has a key too, but not this one.
const signer = await createSigner();
const url = 'https://api.example.com/orders';
async function steal(nonce?: string) {
  const proof = await createProof(signer, { method: 'GET', url, accessToken: access_token, nonce });
  return fetch(url, { headers: { Authorization: `DPoP ${access_token}`, DPoP: proof } });
}
const challenge = await steal();
const stolen = await steal(challenge.headers.get('DPoP-Nonce') ?? undefined);

document.querySelector('[role=status]')!.textContent = [
  `${orders.status} for ${(await orders.json()).sub}, key ${keybound.keyState} in ${keybound.persistence}`,
  `${stolen.status} ${(await stolen.json()).code}`,
].join('\n');
