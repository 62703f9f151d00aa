import { createProof, createSigner } from 'keybound';
import { session } from './session.ts';

const url = 'https://api.example.com/orders';

/** Somebody else with the same token: he has a key too, but not the one that it is bound to. */
export async function steal(): Promise<string> {
  const { access_token } = await session;
  const signer = await createSigner();
  const send = async (nonce?: string) => {
    const proof = await createProof(signer, { method: 'GET', url, accessToken: access_token, nonce });
    return fetch(url, { headers: { Authorization: `DPoP ${access_token}`, DPoP: proof } });
  };
  const challenge = await send();
  const response = await send(challenge.headers.get('DPoP-Nonce') ?? undefined);
  const { code } = await response.json();
  return `${response.status} ${code}`;
}
